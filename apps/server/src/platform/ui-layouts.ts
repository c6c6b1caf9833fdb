import { createHash } from 'node:crypto';
import {
  type LayoutElements,
  levelOf,
  moderatesChat,
  paletteOf,
  type Role,
  type RoleLook,
  type RoomLook,
  type TemplateBody,
  type UiLayout,
} from '@amphi/protocol';

/** What a room says when its owner has not said otherwise. */
const TEXTS = {
  title: 'Get Started',
  subTitle: { stage: 'Set up your camera and microphone', audience: 'Enter your name to join' },
  join: 'Join Now',
  goLive: 'Go Live',
  chatTitle: 'Chat',
  chatPlaceholder: 'Send a message…',
  bringToStage: 'Bring on stage',
  removeFromStage: 'Remove from stage',
} as const;

interface LookedAt {
  readonly id: string;
  readonly appId: string;
  readonly body: TemplateBody;
  /** What its owner has said; null: nothing. */
  readonly look: RoomLook | null;
}

/**
 * How the ready-made room shows itself to each role, computed from the template (prebuilt endpoints, 4.5) and from what its owner
 * has said. An element that is present is on; an absent one is off.
 */
export function uiLayouts(template: LookedAt, firstRole: string): UiLayout[] {
  const { roles } = template.body;
  const names = [firstRole, ...Object.keys(roles).filter((name) => name !== firstRole)];
  return names.flatMap((name) => {
    const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
    return role ? [layoutOf(role, template)] : [];
  });
}

/** How a role sees the room by itself, in the fields that it has a say in. */
export function defaultLook(role: Role, template: TemplateBody): RoleLook {
  const level = levelOf(role);
  const moderates = moderatesChat(role);
  const isHost = role.permissions.changeRole;
  const onStageRole = guestRole(template);
  const offStageRoles = namesAt(template, (other) => other !== 'stage');
  return {
    title: TEXTS.title,
    subTitle: level === 'stage' ? TEXTS.subTitle.stage : TEXTS.subTitle.audience,
    joinLabel: TEXTS.join,
    ...(isStreamed(template) && role.permissions.hlsStreaming && { joinGoesLive: true, goLiveLabel: TEXTS.goLive }),
    chat: true,
    chatIsOpen: true,
    chatTitle: TEXTS.chatTitle,
    chatPlaceholder: TEXTS.chatPlaceholder,
    privateChat: true,
    ...(moderates && { pinsMessages: true, moderatesChat: true }),
    people: true,
    reactions: true,
    hand: true,
    ...(level === 'stage' && { beRightBack: true, ownInset: true }),
    ...(level !== 'stream' && isHost && { spotlight: true }),
    ...(level !== 'stream' &&
      isHost &&
      onStageRole !== undefined &&
      offStageRoles.length > 0 && {
        bringsToStage: true,
        bringLabel: TEXTS.bringToStage,
        removeLabel: TEXTS.removeFromStage,
        onStageRole,
        offStageRoles,
      }),
    feedback: true,
    feedbackTitle: FEEDBACK.title,
  };
}

/** What the owner has said of a role, as far as it can be so: roles may have gone or become others since. */
function saidOf(role: Role, defaults: RoleLook, { body, look }: LookedAt): RoleLook {
  const said = look && Object.hasOwn(look.roles, role.name) ? look.roles[role.name] : undefined;
  const isAt = (name: string, onStage: boolean): boolean => {
    const other = Object.hasOwn(body.roles, name) ? body.roles[name] : undefined;
    return other !== undefined && (levelOf(other) === 'stage') === onStage;
  };
  const { onStageRole, offStageRoles = [], ...rest } = said ?? {};
  const left = offStageRoles.filter((name) => isAt(name, false));
  const possible = {
    ...rest,
    ...(onStageRole !== undefined && isAt(onStageRole, true) && { onStageRole }),
    ...(left.length > 0 && { offStageRoles: left }),
  };
  return Object.fromEntries(Object.entries(possible).filter(([field]) => Object.hasOwn(defaults, field)));
}

function layoutOf(role: Role, template: LookedAt): UiLayout {
  const level = levelOf(role);
  const defaults = defaultLook(role, template.body);
  const said = saidOf(role, defaults, template);
  const look = { ...defaults, ...said, hand: said.hand ?? mayBeBrought(role, template.body) };
  const elements = level === 'stream' ? commonElements(look, false) : roomElements(role, look, template.body);
  return {
    id: layoutId(template.id, role.name, 'layout'),
    role_id: layoutId(template.id, role.name, 'role'),
    role: role.name,
    template_id: template.id,
    app_id: template.appId,
    ...(Object.keys(said).length > 0 && { look: said }),
    ...styleOf(template.look),
    screens: {
      preview: {
        default: {
          elements: {
            preview_header: { title: look.title ?? '', sub_title: look.subTitle ?? '' },
            join_form: {
              join_btn_type: look.joinGoesLive ? 'JOIN_BTN_TYPE_JOIN_AND_GO_LIVE' : 'JOIN_BTN_TYPE_JOIN_ONLY',
              join_btn_label: look.joinLabel ?? '',
              go_live_btn_label: look.goLiveLabel ?? TEXTS.goLive,
            },
          },
        },
      },
      conferencing: level === 'stream' ? { hls_live_streaming: { elements } } : { default: { elements } },
      leave: look.feedback ? { default: { elements: { feedback: feedbackOf(look) } } } : {},
    },
  };
}

/** What all roles see alike. */
function styleOf(look: RoomLook | null): Pick<UiLayout, 'logo' | 'typography' | 'themes'> {
  if (!look) return {};
  const { logo, font, theme } = look;
  return {
    ...(logo !== undefined && { logo: { url: logo } }),
    ...(font !== undefined && { typography: { font_family: font } }),
    ...(theme && {
      themes: [
        {
          name: theme.mode,
          default: true,
          theme_type: theme.mode === 'dark' ? 'THEME_TYPE_DARK' : 'THEME_TYPE_LIGHT',
          palette: paletteOf(theme),
        },
      ],
    }),
  };
}

function roomElements(role: Role, look: RoleLook, template: TemplateBody): LayoutElements {
  const onStage = levelOf(role) === 'stage';
  const { bringLabel, removeLabel, onStageRole, offStageRoles } = look;
  return {
    // On phones chat lies over the stage, which it would hide otherwise.
    ...commonElements(look, true),
    video_tile_layout: {
      grid: {
        enable_local_tile_inset: look.ownInset ?? false,
        prominent_roles: onStage ? [] : namesWhere(template, (other) => other.permissions.hlsStreaming),
        enable_spotlighting_peer: look.spotlight ?? false,
        tiles_in_view: 9,
      },
    },
    ...(look.beRightBack ? { brb: {} } : {}),
    ...(look.bringsToStage && onStageRole !== undefined && offStageRoles
      ? {
          on_stage_exp: {
            bring_to_stage_label: bringLabel ?? '',
            remove_from_stage_label: removeLabel ?? '',
            on_stage_role: onStageRole,
            off_stage_roles: offStageRoles,
            skip_preview_for_role_change: false,
          },
        }
      : {}),
  };
}

function feedbackOf({ feedbackTitle = FEEDBACK.title }: RoleLook): typeof FEEDBACK {
  return { ...FEEDBACK, title: feedbackTitle };
}

/** What there is beside the stage and the stream alike. */
function commonElements(look: RoleLook, isOverlay: boolean): LayoutElements {
  return {
    ...(look.chat ? { chat: chat(look, isOverlay) } : {}),
    ...(look.people ? { participant_list: {} } : {}),
    ...(look.reactions ? { emoji_reactions: {} } : {}),
    ...(look.hand ? { hand_raise: {} } : {}),
  };
}

function chat(look: RoleLook, isOverlay: boolean): NonNullable<LayoutElements['chat']> {
  const moderates = look.moderatesChat ?? false;
  return {
    initial_state: look.chatIsOpen ? 'CHAT_STATE_OPEN' : 'CHAT_STATE_CLOSE',
    is_overlay: isOverlay,
    chat_title: look.chatTitle ?? '',
    message_placeholder: look.chatPlaceholder ?? '',
    public_chat_enabled: true,
    private_chat_enabled: look.privateChat ?? false,
    roles_whitelist: [],
    allow_pinning_messages: look.pinsMessages ?? false,
    real_time_controls: { can_disable_chat: moderates, can_block_user: moderates, can_hide_message: moderates },
  };
}

function isStreamed({ destinations }: TemplateBody): boolean {
  return Object.values(destinations.hlsDestinations).some((destination) => destination.composition.enabled);
}

/** A hand is raised by default by who can be brought on stage. Our room app has it for everyone: there it is also a way to ask for the word. */
function mayBeBrought(role: Role, template: TemplateBody): boolean {
  return levelOf(role) !== 'stage' && guestRole(template) !== undefined;
}

/** The role that people are brought on stage with: one that publishes and changes nobody's role itself. */
function guestRole(template: TemplateBody): string | undefined {
  return namesWhere(template, (role) => levelOf(role) === 'stage' && !role.permissions.changeRole)[0];
}

function namesAt(template: TemplateBody, match: (level: ReturnType<typeof levelOf>) => boolean): string[] {
  return namesWhere(template, (role) => match(levelOf(role)));
}

function namesWhere(template: TemplateBody, match: (role: Role) => boolean): string[] {
  return Object.values(template.roles)
    .filter(match)
    .map((role) => role.name);
}

/** Stable, so that clients may cache by it; layouts are not stored. */
function layoutId(templateId: string, role: string, kind: string): string {
  return createHash('sha256').update(`${templateId}/${role}/${kind}`).digest('hex').slice(0, 24);
}

const FEEDBACK = {
  title: 'How was your experience?',
  sub_title: 'Your answer helps to make it better.',
  submit_btn_label: 'Submit',
  ratings: ['Awful', 'Bad', 'Fair', 'Good', 'Great'].map((label, index) => ({
    label,
    value: index + 1,
    emoji: ['😡', '🙁', '😐', '🙂', '🤩'][index] ?? '',
    question: index < 3 ? 'What went wrong?' : 'What did you like?',
    reasons: ['Audio', 'Video', 'Screen share', 'Chat', 'Live stream'],
  })),
  comment: { label: 'Anything else?', placeholder: 'Tell us more' },
};
