import { outsidePages } from '../.vitepress/outside-pages.ts';

/** The pages of decisions/, which lie beside docs/ in the repository. */
export default { paths: (): object[] => outsidePages('decisions') };
