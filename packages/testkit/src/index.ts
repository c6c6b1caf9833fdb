export * from './amphi-server.ts';
export * from './chromium.ts';
export * from './encoded-media.ts';
export * from './statistics.ts';
export * from './synthetic-stream.ts';
export * from './virtual-clock.ts';
export * from './wait-for.ts';
