export * from './egress.ts';
export * from './ingest.ts';
export * from './template.ts';
