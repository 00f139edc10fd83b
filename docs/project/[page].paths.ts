import { outsidePages } from '../.vitepress/outside-pages.ts';

/** What the repository's root says to readers of the documentation. */
export default { paths: (): object[] => outsidePages('project') };
