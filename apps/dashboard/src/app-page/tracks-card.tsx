import type { AppView } from '@amphi/protocol';
import { Card, Switch } from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { recordingsQuery, saveRecordings } from '../api/templates.ts';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { useFailureToast } from '../shell/use-failure-toast.ts';
import { recordsTracks, withTracks } from './tracks-switch.ts';

/** Whether what each on stage sends is recorded by itself. */
export function TracksCard({ app: { templateId, roles } }: { app: Pick<AppView, 'templateId' | 'roles'> }) {
  const client = useQueryClient();
  const failed = useFailureToast();
  const { data: recordings, error, refetch } = useQuery(recordingsQuery(templateId));
  const { queryKey } = recordingsQuery(templateId);
  const save = useMutation({
    // What else is said of recordings may have changed since it was read.
    mutationFn: async (enabled: boolean) => {
      const known = await client.fetchQuery({ ...recordingsQuery(templateId), staleTime: 0 });
      return saveRecordings(templateId, withTracks(known, enabled, roles));
    },
    onSuccess: async (answer) => {
      // A read that was on its way would tell what was before.
      await client.cancelQueries({ queryKey });
      client.setQueryData(queryKey, answer);
      void client.invalidateQueries({ queryKey: ['templates', templateId], exact: true });
    },
    onError: failed('The recording of tracks was not changed'),
  });
  if (recordings === undefined) {
    if (error === null) return <Loading what="the recordings" />;
    return <LoadFailed what="the recordings" error={error} onRetry={() => void refetch()} />;
  }
  const isOn = recordsTracks(recordings);
  return (
    <Card
      title="Tracks"
      description="For editing, and for transcripts by speaker: every camera, microphone and screen on stage as a file of its own."
    >
      <Switch
        label="Keep each track"
        hint={
          isOn
            ? 'On: from the first person on stage to the end of the session, with a stream or without. Everyone in the room is told.'
            : 'Off: nothing is kept but what the stream and recordings of the stage keep.'
        }
        checked={isOn}
        disabled={save.isPending}
        onCheckedChange={(enabled) => save.mutate(enabled)}
        data-testid="tracks-enabled"
      />
    </Card>
  );
}
