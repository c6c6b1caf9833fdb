import { useCamera, useInvitation, useMicrophone } from '@amphi/react';
import { Button, Dialog, isolate } from '@amphi/ui';
import { useAttempt } from '../page/use-attempt.ts';
import { DeviceErrors, DeviceSelect, LevelBar, OwnPicture } from '../preview/device-preview.tsx';
import { useRememberedChoice } from '../preview/remembered-devices.tsx';
import { useWords } from '../words/speaking.tsx';
import { CameraButton, MicrophoneButton } from './device-buttons.tsx';

/** Somebody asks us to take another role: what it means for camera and microphone, which ones, and a clear yes or no. */
export function InvitationDialog() {
  const { invitation, accept, decline } = useInvitation();
  const words = useWords();
  const attempt = useAttempt();
  const toStage = invitation?.level === 'stage';
  const who = invitation?.requesterName ? isolate(invitation.requesterName) : words.theHost;
  const answer = (send: () => Promise<void>): void => {
    attempt(words.failed.answerInvitation, send());
  };
  return (
    <Dialog
      open={invitation !== undefined}
      onOpenChange={(open) => {
        if (!open && invitation) answer(decline);
      }}
      title={toStage ? words.invitation.toStage : words.invitation.toAudience}
      description={toStage ? words.invitation.toStageHelp(who) : words.invitation.toAudienceHelp(who)}
      footer={
        <>
          <Button onClick={() => answer(decline)} data-testid="invite-decline">
            {toStage ? words.invitation.notNow : words.invitation.stay}
          </Button>
          <Button variant="primary" onClick={() => answer(accept)} data-testid="invite-accept">
            {toStage ? words.invitation.go : words.invitation.move}
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
  useRememberedChoice();
  const { bothOn, microphoneOn, cameraOn, bothOff } = useWords().invitation;
  const [withCamera, withoutCamera] = microphone.isCapturing ? [bothOn, microphoneOn] : [cameraOn, bothOff];
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
        {camera.isCapturing ? withCamera : withoutCamera}
      </p>
      <DeviceErrors microphone={microphone} camera={camera} />
      <div className="grid gap-4 sm:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-2">
          <DeviceSelect kind="microphone" device={microphone} />
          {microphone.isCapturing && <LevelBar track={microphone.track} />}
        </div>
        <DeviceSelect kind="camera" device={camera} />
      </div>
    </div>
  );
}
