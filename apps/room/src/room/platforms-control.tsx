import type { RtmpTarget } from '@amphi/client';
import { useConnection, useRecording, useRtmp } from '@amphi/react';
import {
  Badge,
  type BadgeTone,
  Button,
  Checkbox,
  Dialog,
  ErrorNotice,
  Field,
  IconButton,
  PasswordInput,
  TextInput,
} from '@amphi/ui';
import { Cast, Plus, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import {
  EMPTY_PLATFORM,
  EXAMPLE,
  MAX_PLATFORMS,
  type PlatformDraft,
  type PlatformError,
  platformErrors,
  platformUrls,
} from './platforms.ts';

const TONES: Record<RtmpTarget['state'], BadgeTone> = {
  starting: 'neutral',
  running: 'ok',
  retrying: 'warn',
  failed: 'danger',
};

/** Sends the stage to other platforms, for those whose role may; tells how it goes with each. */
export function PlatformsControl() {
  const words = useWords();
  const { status, canControl } = useRtmp();
  const [isOpen, setIsOpen] = useState(false);
  // Stays while the dialog is closed, so that a stream that broke is begun anew without looking for the keys.
  const [drafts, setDrafts] = useState<readonly PlatformDraft[]>([EMPTY_PLATFORM]);
  if (!canControl) return null;
  const isOn = status === 'starting' || status === 'on' || status === 'stopping';
  return (
    <>
      <IconButton
        label={words.platforms.title}
        pressed={isOn}
        icon={<Cast />}
        onClick={() => setIsOpen(true)}
        className={isOn ? 'text-live!' : undefined}
        data-testid="platforms"
        data-status={status}
      />
      <Dialog
        open={isOpen}
        onOpenChange={setIsOpen}
        title={words.platforms.title}
        description={words.platforms.help}
        size="form"
      >
        {isOn ? <Running /> : <Form drafts={drafts} onDrafts={setDrafts} />}
      </Dialog>
    </>
  );
}

function Running() {
  const words = useWords();
  const { status, targets, stop } = useRtmp();
  const { status: recording } = useRecording();
  const attempt = useAttempt();
  return (
    <div className="flex flex-col gap-5">
      <ul className="flex flex-col gap-3" data-testid="platform-states">
        {targets.map(({ server, state, reason }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one server may be there with two keys, and the order never changes
          <li key={index} className="flex flex-col gap-1 rounded-control bg-sunken px-4 py-3" data-state={state}>
            <span className="flex items-center justify-between gap-3">
              <span className="min-w-0 truncate font-medium">
                <bdi>{server}</bdi>
              </span>
              <Badge tone={TONES[state]}>{words.platforms.states[state]}</Badge>
            </span>
            {reason !== undefined && (
              <span className="text-sm break-words text-ink-soft">
                <bdi>{reason}</bdi>
              </span>
            )}
          </li>
        ))}
      </ul>
      {recording === 'on' && <p className="text-sm text-ink-soft">{words.platforms.recordedToo}</p>}
      <Button
        variant="danger"
        busy={status === 'stopping'}
        onClick={() => attempt(words.failed.platforms, stop())}
        className="self-end"
        data-testid="platforms-stop"
      >
        {words.platforms.endAll}
      </Button>
    </div>
  );
}

function Form({
  drafts,
  onDrafts,
}: {
  readonly drafts: readonly PlatformDraft[];
  readonly onDrafts: (drafts: readonly PlatformDraft[]) => void;
}) {
  const words = useWords();
  const { status, error, start } = useRtmp();
  const { status: recording, canControl: mayRecord } = useRecording();
  const isAway = useConnection().status !== 'joined';
  const [wasTried, setWasTried] = useState(false);
  const [alsoRecords, setAlsoRecords] = useState(false);
  const errors = platformErrors(drafts);
  const shown = wasTried ? errors : [];
  const textOf = (error: PlatformError | undefined): string | undefined => error && words.platforms[error];
  const isRecorded = recording === 'starting' || recording === 'on' || recording === 'stopping';
  const change = (index: number, part: Partial<PlatformDraft>): void =>
    onDrafts(drafts.map((draft, at) => (at === index ? { ...draft, ...part } : draft)));
  const send = (event: FormEvent): void => {
    event.preventDefault();
    setWasTried(true);
    if (errors.some((error) => Object.keys(error).length > 0)) return;
    // A refusal is in the state, and told from there.
    start(platformUrls(drafts), { record: alsoRecords && !isRecorded }).catch(() => {});
  };
  return (
    <form className="flex flex-col gap-5" onSubmit={send} noValidate>
      {status === 'failed' && (
        <ErrorNotice title={words.platforms.notSent} message={error} data-testid="platforms-failed" />
      )}
      {isRecorded && <p className="text-sm text-ink-soft">{words.platforms.recordedAlready}</p>}
      {drafts.map((draft, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines are told apart by their place alone
        <fieldset key={index} className="flex flex-col gap-3">
          <legend className="mb-2 flex w-full items-center justify-between text-sm font-semibold">
            {words.platforms.platform(index + 1)}
            {drafts.length > 1 && (
              <IconButton
                label={words.platforms.remove(index + 1)}
                icon={<Trash2 />}
                onClick={() => onDrafts(drafts.filter((_, at) => at !== index))}
              />
            )}
          </legend>
          <Field label={words.platforms.server} error={textOf(shown[index]?.server)}>
            <TextInput
              type="url"
              inputMode="url"
              autoComplete="off"
              spellCheck={false}
              placeholder={EXAMPLE}
              value={draft.server}
              onChange={(event) => change(index, { server: event.target.value })}
              data-testid={`platform-server-${index + 1}`}
            />
          </Field>
          <Field label={words.platforms.key} hint={words.platforms.keyHelp} error={textOf(shown[index]?.streamKey)}>
            <PasswordInput
              autoComplete="off"
              value={draft.streamKey}
              onChange={(event) => change(index, { streamKey: event.target.value })}
              data-testid={`platform-key-${index + 1}`}
            />
          </Field>
        </fieldset>
      ))}
      {drafts.length < MAX_PLATFORMS && (
        <Button
          type="button"
          icon={<Plus />}
          onClick={() => onDrafts([...drafts, EMPTY_PLATFORM])}
          className="self-start"
        >
          {words.platforms.add}
        </Button>
      )}
      {mayRecord && !isRecorded && (
        <Checkbox checked={alsoRecords} onCheckedChange={setAlsoRecords} label={words.platforms.record} />
      )}
      <Button
        type="submit"
        variant="primary"
        disabled={isAway || isRecorded}
        className="self-end"
        data-testid="platforms-start"
      >
        {words.platforms.start}
      </Button>
    </form>
  );
}
