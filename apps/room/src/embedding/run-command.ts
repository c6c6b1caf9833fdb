import { HAND_RAISED, type Session } from '@amphi/client';
import type { RoomCommand } from '@amphi/client/embed';
import { CommandRefusal } from './parent-page.ts';

/**
 * Does in the room what the page around asks for, as if the person had pressed the button.
 * @throws CommandRefusal; ClientError of the session
 */
export async function runCommand(session: Session, { name, params }: RoomCommand): Promise<void> {
  if (session.state.connection.status === 'left') throw new CommandRefusal('wrong_state', 'the visit is over');
  const { microphone, camera, self } = session.state;
  switch (name) {
    case 'leave':
      session.leave();
      return;
    case 'set-microphone':
      return switchDevice(session, 'microphone', params.isOn);
    case 'toggle-microphone':
      return switchDevice(session, 'microphone', !microphone.isEnabled);
    case 'set-camera':
      return switchDevice(session, 'camera', params.isOn);
    case 'toggle-camera':
      return switchDevice(session, 'camera', !camera.isEnabled);
    case 'set-hand':
      return setHand(session, params.isRaised);
    case 'toggle-hand':
      return setHand(session, !self.groups.includes(HAND_RAISED));
  }
}

async function switchDevice(session: Session, device: 'microphone' | 'camera', isOn: boolean): Promise<void> {
  const allowed = session.state.self.role?.publishParams.allowed ?? [];
  if (!allowed.includes(device === 'microphone' ? 'audio' : 'video')) {
    throw new CommandRefusal('refused', `the role has no ${device}`);
  }
  await (device === 'microphone' ? session.setMicrophone(isOn) : session.setCamera(isOn));
  const { error } = session.state[device];
  if (isOn && error) throw new CommandRefusal('refused', error.message);
}

async function setHand(session: Session, isRaised: boolean): Promise<void> {
  if (session.state.connection.status !== 'joined') throw new CommandRefusal('wrong_state', 'not in the room');
  await session.setHand(isRaised);
}
