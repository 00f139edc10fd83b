// What is kept in the browser's database, with what speaks to it, in one file: pages that keep nothing do without.
export { keptCaptures } from './metrics/kept-captures.ts';
export { keptChat } from './kept-chats.ts';
