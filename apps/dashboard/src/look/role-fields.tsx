import type { RoleLook, RoleView } from '@amphi/protocol';
import { Card, Checkbox, Field, Select, Switch, TextInput } from '@amphi/ui';
import type { ReactNode } from 'react';
import type { SwitchField, TextField } from './look-draft.ts';

export interface RoleFieldsProps {
  /** How the role sees the room by itself; what is not in it, the role has no say in. */
  readonly defaults: RoleLook;
  readonly said: RoleLook;
  readonly roles: readonly RoleView[];
  /** @param value undefined: as by itself */
  readonly onChange: <Name extends keyof RoleLook>(field: Name, value: RoleLook[Name] | undefined) => void;
  readonly problemOf: (field: keyof RoleLook) => string | undefined;
}

/** What one role sees, in the order in which it does. */
export function RoleFields(props: RoleFieldsProps) {
  const { defaults, said, roles, onChange, problemOf } = props;
  const is = (field: SwitchField): boolean => said[field] ?? defaults[field] ?? false;
  const text = (field: TextField, label: string, hint?: string): ReactNode =>
    defaults[field] !== undefined && (
      <Field label={label} {...(hint === undefined ? {} : { hint })} error={problemOf(field)} optional>
        <TextInput
          value={said[field] ?? ''}
          placeholder={defaults[field]}
          autoComplete="off"
          onChange={({ target }) => onChange(field, target.value === '' ? undefined : target.value)}
          data-testid={`look-${field}`}
        />
      </Field>
    );
  const toggle = (field: SwitchField, label: string, hint?: string): ReactNode =>
    defaults[field] !== undefined && (
      <Switch
        label={label}
        {...(hint === undefined ? {} : { hint })}
        checked={is(field)}
        onCheckedChange={(isOn) => onChange(field, isOn)}
        data-testid={`look-${field}`}
      />
    );
  const onStage = roles.filter(({ level }) => level === 'stage');
  const offStage = roles.filter(({ level }) => level !== 'stage');
  const brought = said.offStageRoles ?? defaults.offStageRoles ?? [];
  return (
    <>
      <Group
        title="Before joining"
        description="In grey: what ready-made rooms of the public SDK say by themselves. Ours says it in each person's language, with the name of the room."
      >
        {text('title', 'Title')}
        {text('subTitle', 'Line below it')}
        {text('joinLabel', 'Button to join')}
        {toggle(
          'joinGoesLive',
          'Joining goes live',
          'While nothing runs yet. Ours has a button beside it to join only.',
        )}
        {is('joinGoesLive') && text('goLiveLabel', 'Button to go live')}
      </Group>
      <Group title="Chat">
        {toggle('chat', 'Chat')}
        {is('chat') && (
          <>
            {toggle('chatIsOpen', 'Open from the start', 'Where there is room for it beside the picture.')}
            {text('chatTitle', 'Its name')}
            {text('chatPlaceholder', 'In the empty field')}
            {toggle('privateChat', 'Messages to one person or role')}
            {toggle('pinsMessages', 'Pinning messages')}
            {toggle('moderatesChat', 'Pausing, hiding, blocking')}
          </>
        )}
      </Group>
      <Group title="Beside the picture">
        {toggle('people', 'People')}
        {toggle('reactions', 'Reactions')}
        {toggle('hand', 'Raising a hand')}
        {toggle('beRightBack', 'Be right back', `A mark that one is away for a moment. ${SDK_ONLY}`)}
        {toggle('ownInset', 'Own picture as an inset', SDK_ONLY)}
        {toggle('spotlight', 'Spotlight', 'Showing one person large to everyone.')}
      </Group>
      {defaults.bringsToStage !== undefined && (
        <Group title="Bringing people on stage">
          {toggle('bringsToStage', 'Bringing people on stage and back')}
          {is('bringsToStage') && (
            <>
              {text('bringLabel', 'To bring somebody')}
              {text('removeLabel', 'To take them back')}
              <Field label="They come as" error={problemOf('onStageRole')}>
                <Select
                  value={said.onStageRole ?? defaults.onStageRole ?? ''}
                  options={onStage.map(({ name }) => ({ value: name, label: name }))}
                  onValueChange={(name) => onChange('onStageRole', name)}
                  data-testid="look-onStageRole"
                />
              </Field>
              <fieldset>
                <legend className="text-sm font-medium">Who can be brought</legend>
                {offStage.map(({ name }) => (
                  <Checkbox
                    key={name}
                    label={<bdi>{name}</bdi>}
                    checked={brought.includes(name)}
                    onCheckedChange={(isOn) =>
                      onChange(
                        'offStageRoles',
                        offStage
                          .map((role) => role.name)
                          .filter((other) => (other === name ? isOn : brought.includes(other))),
                      )
                    }
                    data-testid={`look-off-${name}`}
                  />
                ))}
                <p role="alert" className="text-sm text-danger empty:hidden">
                  {problemOf('offStageRoles')}
                </p>
              </fieldset>
            </>
          )}
        </Group>
      )}
      <Group title="After leaving">
        {toggle('feedback', 'Ask how it was', 'Answers are at /v2/analytics/feedback of the API.')}
        {is('feedback') && text('feedbackTitle', 'The question')}
      </Group>
      <p className="text-sm text-ink-faint">
        Polls, whiteboard, screen sharing and devices follow from what the role may do: see its page.
      </p>
    </>
  );
}

const SDK_ONLY = 'In ready-made rooms of the public SDK.';

function Group({ title, description, children }: { title: string; description?: string; children: ReactNode }) {
  return (
    <Card title={title} description={description}>
      <div className="flex flex-col gap-4">{children}</div>
    </Card>
  );
}
