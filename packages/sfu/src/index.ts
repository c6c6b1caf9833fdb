export type * from './contract.ts';
export { createSfu } from './sfu.ts';
