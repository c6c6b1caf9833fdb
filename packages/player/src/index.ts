export type { CaptionTrack, Engine, EngineCallbacks, EngineFactory, Level } from './engine.ts';
export { PlayerError, type PlayerErrorCode } from './errors.ts';
export { createPlayer, Player, type PlayerEvents, type PlayerOptions } from './player.ts';
export type { PlayerState, PlayerStateName } from './player-state.ts';
export type { PlayerSnapshot, PlayerStats } from './snapshot.ts';
export type { Thumbnail } from './thumbnails.ts';
export type { TimedMetadata } from './timed-metadata.ts';
