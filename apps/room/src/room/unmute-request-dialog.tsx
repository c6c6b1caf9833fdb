import { useSession, useSessionEvent, useSessionState } from '@amphi/react';
import { Button, Dialog, isolate } from '@amphi/ui';
import { useState } from 'react';
import { useWords } from '../words/speaking.tsx';

type Request = { readonly device: 'microphone' | 'camera'; readonly by: string | undefined };

/** Somebody asks us to switch a device on: nothing is seen or heard before we say yes. */
export function UnmuteRequestDialog() {
  const words = useWords();
  const session = useSession();
  const [request, setRequest] = useState<Request>();
  const name = useSessionState((state) => (request?.by === undefined ? undefined : state.peers[request.by]?.name));
  useSessionEvent('unmuteRequested', setRequest);
  const close = (): void => setRequest(undefined);
  const who = name ? isolate(name) : words.theHost;
  const isCamera = request?.device === 'camera';
  const accept = (): void => {
    close();
    void (isCamera ? session.setCamera(true) : session.setMicrophone(true));
  };
  return (
    <Dialog
      open={request !== undefined}
      onOpenChange={(open) => {
        if (!open) close();
      }}
      title={isCamera ? words.unmute.camera : words.unmute.microphone}
      description={isCamera ? words.unmute.cameraHelp(who) : words.unmute.microphoneHelp(who)}
      footer={
        <>
          <Button onClick={close} data-testid="unmute-decline">
            {words.unmute.notNow}
          </Button>
          <Button variant="primary" onClick={accept} data-testid="unmute-accept">
            {words.unmute.switchOn}
          </Button>
        </>
      }
    >
      {null}
    </Dialog>
  );
}
