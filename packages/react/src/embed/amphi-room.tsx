import {
  EmbedError,
  type RoomEvent,
  type RoomEventName,
  type RoomEvents,
  RoomFrame,
  type RoomOptions,
} from '@amphi/client/embed';
import { type CSSProperties, forwardRef, useEffect, useImperativeHandle, useRef } from 'react';

/** What the parent can do with the room: `ref` of `<AmphiRoom>`. Each rejects with `EmbedError` where it cannot be done. */
export type AmphiRoomHandle = Pick<RoomFrame, 'send' | 'leave' | 'setMicrophone' | 'setCamera' | 'setHand'>;

/** How the room is to be, and who is told what happens in it. */
export interface AmphiRoomProps extends RoomOptions {
  readonly className?: string | undefined;
  readonly style?: CSSProperties | undefined;
  readonly onReady?: (detail: RoomEvents['ready']) => void;
  readonly onJoined?: (detail: RoomEvents['joined']) => void;
  readonly onLeft?: (detail: RoomEvents['left']) => void;
  readonly onRoleChanged?: (detail: RoomEvents['role-changed']) => void;
  readonly onLiveStarted?: (detail: RoomEvents['live-started']) => void;
  readonly onLiveStopped?: (detail: RoomEvents['live-stopped']) => void;
  readonly onMicrophoneChanged?: (detail: RoomEvents['microphone-changed']) => void;
  readonly onCameraChanged?: (detail: RoomEvents['camera-changed']) => void;
  readonly onHandChanged?: (detail: RoomEvents['hand-changed']) => void;
  readonly onError?: (detail: RoomEvents['error']) => void;
}

const LISTENERS = {
  ready: 'onReady',
  joined: 'onJoined',
  left: 'onLeft',
  'role-changed': 'onRoleChanged',
  'live-started': 'onLiveStarted',
  'live-stopped': 'onLiveStopped',
  'microphone-changed': 'onMicrophoneChanged',
  'camera-changed': 'onCameraChanged',
  'hand-changed': 'onHandChanged',
  error: 'onError',
} as const satisfies Record<RoomEventName, keyof AmphiRoomProps>;

/**
 * The ready-made room app as a component. An option that changes loads the room anew; unmounted, it leaves the room. A link
 * that cannot be read is told by `onError`, with the code `bad_link`.
 */
export const AmphiRoom = forwardRef<AmphiRoomHandle, AmphiRoomProps>(function AmphiRoom(props, ref) {
  const { link, name, userId, skipPreview, microphone, camera, theme, lang } = props;
  const hide = props.hide?.join(',');
  const place = useRef<HTMLDivElement>(null);
  const frame = useRef<RoomFrame>(undefined);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const tell = (event: RoomEvent): void => notify(latest.current, event);
    const options = { link, name, userId, skipPreview, microphone, camera, theme, lang };
    try {
      frame.current = new RoomFrame({ ...options, hide: hide?.split(',') as RoomOptions['hide'] });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      tell({ name: 'error', detail: { code: 'bad_link', message } });
      return;
    }
    const made = frame.current;
    made.onAny(tell);
    made.iframe.style.width = '100%';
    made.iframe.style.height = '100%';
    place.current?.append(made.iframe);
    return () => {
      made.close();
      frame.current = undefined;
    };
  }, [link, name, userId, skipPreview, microphone, camera, theme, lang, hide]);

  useImperativeHandle(ref, () => {
    const present = (): RoomFrame => {
      if (!frame.current) throw new EmbedError('closed', 'no room is shown');
      return frame.current;
    };
    return {
      send: async (command, params) => present().send(command, params),
      leave: async () => present().leave(),
      setMicrophone: async (isOn) => present().setMicrophone(isOn),
      setCamera: async (isOn) => present().setCamera(isOn),
      setHand: async (isRaised) => present().setHand(isRaised),
    };
  }, []);

  return <div ref={place} className={props.className} style={props.style} />;
});

function notify(props: AmphiRoomProps, event: RoomEvent): void {
  const listener = props[LISTENERS[event.name]] as ((detail: RoomEvent['detail']) => void) | undefined;
  listener?.(event.detail);
}
