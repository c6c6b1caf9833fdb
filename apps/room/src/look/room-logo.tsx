import { AmphiLogo, AmphiMark } from '@amphi/ui';
import { useOwnLogo } from './look.tsx';

/** The owner's logo, else ours. */
export function RoomLogo() {
  const logo = useOwnLogo();
  if (logo === undefined) return <AmphiLogo />;
  return <img src={logo} alt="" className="max-h-10 max-w-52 object-contain" data-testid="room-logo" />;
}

/** The same beside the name of the room, where there is little place. */
export function RoomMark() {
  const logo = useOwnLogo();
  if (logo === undefined) return <AmphiMark className="size-6 text-accent" />;
  return <img src={logo} alt="" className="max-h-7 max-w-24 object-contain" />;
}
