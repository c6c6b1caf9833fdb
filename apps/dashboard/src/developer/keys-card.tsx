import type { KeyView } from '@amphi/protocol';
import {
  Badge,
  Button,
  Card,
  ConfirmDialog,
  CopyButton,
  Dialog,
  Field,
  IconButton,
  Select,
  useToaster,
} from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Eye, EyeOff, KeyRound, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { makeKey, makeManagementToken, revokeKey } from '../api/platform.ts';
import { developerQuery, keysQuery } from '../api/queries.ts';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { dateTimeText } from '../shell/times.ts';
import { useFailureToast } from '../shell/use-failure-toast.ts';

/** The pairs that sign tokens: several, so that one can take the place of another. */
export function KeysCard() {
  const { data: keys, error, refetch } = useQuery(keysQuery);
  const client = useQueryClient();
  const failed = useFailureToast();
  const toaster = useToaster();
  const make = useMutation({
    mutationFn: makeKey,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keysQuery.queryKey });
      toaster.show({
        tone: 'ok',
        title: 'There is another key',
        description: 'Set it in your back end, then revoke the old one.',
      });
    },
    onError: failed('No key was made'),
  });
  return (
    <Card
      title="All keys"
      description="To change a key without a gap: make another, set it in your back end, revoke the old one."
      actions={
        <Button size="sm" icon={<Plus />} busy={make.isPending} onClick={() => make.mutate()} data-testid="make-key">
          New key
        </Button>
      }
    >
      {keys === undefined && error === null && <Loading what="the keys" />}
      {keys === undefined && error !== null && (
        <LoadFailed what="the keys" error={error} onRetry={() => void refetch()} />
      )}
      <ul className="flex flex-col divide-y divide-line">
        {keys?.map((key) => (
          <KeyRow key={key.accessKey} signer={key} isOnly={keys.length === 1} />
        ))}
      </ul>
    </Card>
  );
}

function KeyRow({ signer, isOnly }: { signer: KeyView; isOnly: boolean }) {
  const [shown, setShown] = useState(false);
  const [asking, setAsking] = useState(false);
  const [minting, setMinting] = useState(false);
  const client = useQueryClient();
  const failed = useFailureToast();
  const revoke = useMutation({
    mutationFn: () => revokeKey(signer.accessKey),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keysQuery.queryKey });
      await client.invalidateQueries({ queryKey: developerQuery.queryKey });
    },
    onError: failed('The key was not revoked'),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0" data-testid="key">
      <div className="flex min-w-56 flex-1 flex-col gap-0.5">
        <span className="flex flex-wrap items-center gap-2">
          <code className="font-mono text-sm break-all">{signer.accessKey}</code>
          {signer.signsWebhooks && <Badge>signs webhooks</Badge>}
        </span>
        <span className="text-sm text-ink-faint">made {dateTimeText(signer.createdAt)}</span>
        {shown && (
          <span className="flex items-center gap-1">
            <code className="font-mono text-sm break-all text-ink-soft" data-testid="key-secret">
              {signer.secret}
            </code>
            <CopyButton value={signer.secret} what={`secret of ${signer.accessKey}`} variant="quiet" />
          </span>
        )}
      </div>
      <span className="flex items-center gap-1">
        <IconButton
          label={`Secret of ${signer.accessKey}`}
          pressed={shown}
          icon={shown ? <EyeOff /> : <Eye />}
          onClick={() => setShown(!shown)}
          data-testid="key-show"
        />
        <IconButton
          label={`Management token by ${signer.accessKey}`}
          icon={<KeyRound />}
          onClick={() => setMinting(true)}
          data-testid="key-token"
        />
        <IconButton
          label={`Revoke ${signer.accessKey}`}
          icon={<Trash2 />}
          disabled={isOnly || revoke.isPending}
          onClick={() => setAsking(true)}
          data-testid="key-revoke"
        />
      </span>
      <Dialog
        open={minting}
        onOpenChange={setMinting}
        title="Management token"
        description="Whoever has it may do everything that the REST API can, until it expires, its key is revoked, or you are no admin or owner here any more. A back end that stays signs its own with the secret."
      >
        <TokenMaker accessKey={signer.accessKey} />
      </Dialog>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Revoke the key?"
        description="Tokens that it signed are refused at once, and people who came by one of them are put out. This cannot be taken back."
        confirmLabel="Revoke key"
        onConfirm={() => revoke.mutate()}
      />
    </li>
  );
}

const HOUR_S = 3_600;
const VALIDITIES = [
  { value: String(HOUR_S), label: 'An hour' },
  { value: String(24 * HOUR_S), label: 'A day' },
  { value: String(7 * 24 * HOUR_S), label: 'A week' },
  { value: String(30 * 24 * HOUR_S), label: '30 days' },
  { value: String(90 * 24 * HOUR_S), label: '90 days' },
];

function TokenMaker({ accessKey }: { accessKey: string }) {
  const [validFor, setValidFor] = useState(VALIDITIES[0]!.value);
  const failed = useFailureToast();
  const make = useMutation({
    mutationFn: () => makeManagementToken(accessKey, Number(validFor)),
    onError: failed('No token was made'),
  });
  return (
    <div className="flex flex-col gap-4">
      <Field label="Valid for">
        <Select value={validFor} options={VALIDITIES} onValueChange={setValidFor} data-testid="token-validity" />
      </Field>
      <Button variant="primary" busy={make.isPending} onClick={() => make.mutate()} data-testid="token-make">
        Make token
      </Button>
      {make.data !== undefined && (
        <div className="flex items-start gap-2 rounded-control bg-sunken p-3">
          <code
            className="max-h-40 min-w-0 flex-1 overflow-y-auto font-mono text-xs break-all"
            data-testid="token-made"
          >
            {make.data}
          </code>
          <CopyButton value={make.data} what="token" variant="quiet" />
        </div>
      )}
    </div>
  );
}
