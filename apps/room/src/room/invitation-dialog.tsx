import { useCamera, useInvitation, useMicrophone } from '@amphi/react';
import { Button, Dialog, isolate, useToaster } from '@amphi/ui';
import { DeviceErrors, OwnPicture } from '../preview/device-preview.tsx';
import { CameraButton, MicrophoneButton } from './device-buttons.tsx';

/** Somebody asks us to take another role: what it means for camera and microphone, and a clear yes or no. */
export function InvitationDialog() {
  const { invitation, accept, decline } = useInvitation();
  const toaster = useToaster();
  const toStage = invitation?.level === 'stage';
  const who = invitation?.requesterName ? isolate(invitation.requesterName) : 'The host';
  const answer = (send: () => Promise<void>): void => {
    send().catch((error: unknown) => {
      toaster.show({
        tone: 'danger',
        title: 'Your answer did not get through',
        description: error instanceof Error ? error.message : String(error),
      });
    });
  };
  return (
    <Dialog
      open={invitation !== undefined}
      onOpenChange={(open) => {
        if (!open && invitation) answer(decline);
      }}
      title={toStage ? 'Come on stage?' : 'Move to another place?'}
      description={
        toStage
          ? `${who} invites you. Choose what others see and hear of you; you can change it at any time.`
          : `${who} asks you to move to the audience. Your camera and microphone are switched off then.`
      }
      footer={
        <>
          <Button onClick={() => answer(decline)} data-testid="invite-decline">
            {toStage ? 'Not now' : 'Stay here'}
          </Button>
          <Button variant="primary" onClick={() => answer(accept)} data-testid="invite-accept">
            {toStage ? 'Go on stage' : 'Move'}
          </Button>
        </>
      }
    >
      {toStage && <StagePreview />}
    </Dialog>
  );
}

function StagePreview() {
  const microphone = useMicrophone();
  const camera = useCamera();
  const words = [
    microphone.isCapturing ? 'Your microphone will be on' : 'Your microphone stays off',
    camera.isCapturing ? 'your camera will be on' : 'your camera stays off',
  ].join(', ');
  return (
    <div className="flex flex-col gap-3">
      <div data-theme="dark" className="relative aspect-video overflow-hidden rounded-control bg-card">
        <OwnPicture camera={camera} hasButtons />
        <div className="absolute inset-x-0 bottom-0 flex justify-center gap-3 bg-linear-to-t from-black/55 to-transparent p-3">
          <MicrophoneButton microphone={microphone} testId="invite-mic" />
          <CameraButton camera={camera} testId="invite-cam" />
        </div>
      </div>
      <p role="status" className="text-sm text-ink-soft">
        {words}.
      </p>
      <DeviceErrors microphone={microphone} camera={camera} />
    </div>
  );
}
