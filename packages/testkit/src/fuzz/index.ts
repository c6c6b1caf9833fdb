export * from './find-targets.ts';
export * from './mutations.ts';
export * from './target.ts';
