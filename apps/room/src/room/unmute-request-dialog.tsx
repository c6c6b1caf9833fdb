import { useSession, useSessionEvent, useSessionState } from '@amphi/react';
import { Button, Dialog, isolate } from '@amphi/ui';
import { useState } from 'react';

type Request = { readonly device: 'microphone' | 'camera'; readonly by: string | undefined };

/** Somebody asks us to switch a device on: nothing is seen or heard before we say yes. */
export function UnmuteRequestDialog() {
  const session = useSession();
  const [request, setRequest] = useState<Request>();
  const name = useSessionState((state) => (request?.by === undefined ? undefined : state.peers[request.by]?.name));
  useSessionEvent('unmuteRequested', setRequest);
  const close = (): void => setRequest(undefined);
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
      title={isCamera ? 'Switch your camera on?' : 'Switch your microphone on?'}
      description={`${name ? isolate(name) : 'The host'} asks for it. Everybody on stage and watching ${isCamera ? 'sees' : 'hears'} you then.`}
      footer={
        <>
          <Button onClick={close} data-testid="unmute-decline">
            Not now
          </Button>
          <Button variant="primary" onClick={accept} data-testid="unmute-accept">
            Switch on
          </Button>
        </>
      }
    >
      {null}
    </Dialog>
  );
}
