import { Badge, Button, Card, ErrorNotice, Field, PasswordInput, Switch, TextInput } from '@amphi/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Check, PlugZap } from 'lucide-react';
import { useState } from 'react';
import { adviceFor } from '../api/advice.ts';
import { testStorage } from '../api/platform.ts';
import { saveUpload, settingsQuery, type Upload } from '../api/templates.ts';
import { LeaveDialog } from '../shell/leave-dialog.tsx';
import { NotSaved } from '../shell/not-saved.tsx';
import { useLeaveGuard } from '../shell/use-leave-guard.ts';
import { draftOf, missingIn, type StorageDraft, type StorageField, uploadOf, wordsOfTrial } from './storage-draft.ts';

/** Where recordings are brought to: a bucket of the customer's own. */
export function StorageCard({
  appId,
  templateId,
  upload,
}: {
  appId: string;
  templateId: string;
  upload: Upload | undefined;
}) {
  const client = useQueryClient();
  const saved = draftOf(upload);
  const [changes, setChanges] = useState<Partial<StorageDraft>>({});
  const [judged, setJudged] = useState(false);
  const draft = { ...saved, ...changes };
  const unsaved = JSON.stringify(draft) !== JSON.stringify(saved);
  const missing = missingIn(draft, saved);
  const blocker = useLeaveGuard(unsaved);
  const forgetChanges = () => {
    setChanges({});
    setJudged(false);
  };
  const save = useMutation({
    mutationFn: () => saveUpload(templateId, uploadOf(draft)),
    onSuccess: async (answer) => {
      // A read that was on its way would tell what was before.
      await client.cancelQueries({ queryKey: settingsQuery(templateId).queryKey });
      client.setQueryData(settingsQuery(templateId).queryKey, answer);
      forgetChanges();
      void client.invalidateQueries({ queryKey: ['templates', templateId] });
    },
  });
  const proposed = uploadOf(draft);
  const trial = useMutation({ mutationFn: (body: Upload) => testStorage(appId, body) });
  const change = (part: Partial<StorageDraft>) => {
    trial.reset();
    setChanges((was) => ({ ...was, ...part }));
  };
  const field = (name: StorageField) => ({
    value: draft[name],
    autoComplete: 'off',
    autoCapitalize: 'none',
    onChange: ({ target }: { target: HTMLInputElement }) => change({ [name]: target.value }),
    'data-testid': `storage-${name}`,
  });
  const problem = (name: StorageField) => (judged ? missing[name] : undefined);

  return (
    <Card
      title="Bucket"
      description="In any storage with an S3 API."
      actions={
        <span role="status">
          {unsaved && <Badge tone="warn">Unsaved changes</Badge>}
          {!unsaved && save.isSuccess && (
            <Badge tone="ok" icon={<Check />} data-testid="storage-saved">
              Saved
            </Badge>
          )}
        </span>
      }
      data-testid="storage"
    >
      <form
        noValidate
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          setJudged(true);
          if (unsaved && !save.isPending && Object.keys(missing).length === 0) save.mutate();
        }}
      >
        <Switch
          label="A bucket of this app"
          hint={
            draft.enabled
              ? 'On: recordings of this app go there, and are read from there.'
              : 'Off: recordings go where those of the whole server go.'
          }
          checked={draft.enabled}
          onCheckedChange={(enabled) => change({ enabled })}
          data-testid="storage-enabled"
        />
        {draft.enabled && (
          <div className="grid items-start gap-x-8 gap-y-5 lg:grid-cols-2">
            <Field label="Bucket" error={problem('bucket')}>
              <TextInput {...field('bucket')} />
            </Field>
            <Field label="Folder in it" optional hint="Without one: the id of the workspace.">
              <TextInput {...field('prefix')} placeholder="shows/evening" />
            </Field>
            <Field label="Address" optional hint="Of a storage that is not Amazon's.">
              <TextInput {...field('endpoint')} type="url" inputMode="url" placeholder="https://s3.example.org" />
            </Field>
            <Field label="Region" optional hint="Without one: us-east-1.">
              <TextInput {...field('region')} placeholder="eu-central-1" />
            </Field>
            <Field label="Access key" error={problem('key')}>
              <TextInput {...field('key')} />
            </Field>
            <Field
              label="Secret key"
              error={problem('secret')}
              hint={
                saved.enabled
                  ? 'Not shown. Left empty it stays, as long as the key does.'
                  : 'Not shown again once saved.'
              }
            >
              <PasswordInput {...field('secret')} autoComplete="new-password" />
            </Field>
          </div>
        )}
        {proposed && (
          <div className="flex flex-wrap items-center gap-3">
            <Button
              icon={<PlugZap />}
              busy={trial.isPending}
              onClick={() => {
                setJudged(true);
                if (Object.keys(missing).length === 0) trial.mutate(proposed);
              }}
              data-testid="storage-test"
            >
              Try it
            </Button>
            <span role="status" data-testid="storage-test-result" className="min-w-0 text-sm text-ink-soft">
              {trial.isPending && 'Writing, reading and removing a small file…'}
              {trial.data && wordsOfTrial(trial.data)}
            </span>
          </div>
        )}
        {trial.error !== null && <TrialFailed error={trial.error} />}
        {save.error !== null && <NotSaved error={save.error} testId="storage-error" />}
        <div className="flex flex-col-reverse gap-2 border-t border-line pt-5 sm:flex-row sm:justify-end">
          <Button
            variant="quiet"
            disabled={!unsaved || save.isPending}
            onClick={() => {
              forgetChanges();
              save.reset();
            }}
            data-testid="storage-discard"
          >
            Discard changes
          </Button>
          <Button type="submit" variant="primary" disabled={!unsaved} busy={save.isPending} data-testid="storage-save">
            Save storage
          </Button>
        </div>
      </form>
      <LeaveDialog blocker={blocker} what="the storage" />
    </Card>
  );
}

function TrialFailed({ error }: { error: Error }) {
  const { message, details } = adviceFor(error);
  return <ErrorNotice title="The bucket was not tried" message={message} details={details} />;
}
