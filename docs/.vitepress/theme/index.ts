import DefaultTheme from 'vitepress/theme-without-fonts';
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet has nothing to name
import './theme.css';

export default DefaultTheme;
