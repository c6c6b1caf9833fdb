export * from './chat-rules.ts';
export * from './hooks.ts';
export { type IsEqual, shallowEqual } from './memoize-selector.ts';
export { PictureHandover, type PictureHandoverProps } from './picture-handover.tsx';
export * from './room-hooks.ts';
export { AmphiProvider, useSession } from './session-context.tsx';
export { useSessionEvent, useSessionState } from './use-session-state.ts';
export { useLocalVideo, useMicrophoneLevel, useVideo } from './video.ts';
