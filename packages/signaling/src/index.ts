export * from './read-notification.ts';
export * from './reconnect.ts';
export * from './roster.ts';
export * from './signaling-channel.ts';
export * from './signaling-connection.ts';
export * from './signaling-error.ts';
export * from './socket.ts';
