import { createHash } from 'node:crypto';
import { levelOf, moderatesChat, type Role, type TemplateBody, type UiLayout } from '@amphi/protocol';

/**
 * How the ready-made room shows itself to each role, computed from the template (prebuilt endpoints, 4.5). An element
 * that is present is on; an absent one is off.
 */
export function uiLayouts(
  template: { readonly id: string; readonly appId: string; readonly body: TemplateBody },
  firstRole: string,
): UiLayout[] {
  const { roles } = template.body;
  const names = [firstRole, ...Object.keys(roles).filter((name) => name !== firstRole)];
  return names.flatMap((name) => {
    const role = roles[name];
    return role ? [layoutOf(role, template)] : [];
  });
}

function layoutOf(
  role: Role,
  template: { readonly id: string; readonly appId: string; readonly body: TemplateBody },
): UiLayout {
  const streaming = Object.values(template.body.destinations.hlsDestinations).some(
    (destination) => destination.composition.enabled,
  );
  const level = levelOf(role);
  const elements = level === 'stream' ? streamElements(role, template.body) : roomElements(role, template.body);
  return {
    id: layoutId(template.id, role.name, 'layout'),
    role_id: layoutId(template.id, role.name, 'role'),
    role: role.name,
    template_id: template.id,
    app_id: template.appId,
    screens: {
      preview: {
        default: {
          elements: {
            preview_header: {
              title: 'Get Started',
              sub_title: level === 'stage' ? 'Set up your camera and microphone' : 'Enter your name to join',
            },
            join_form: {
              join_btn_type:
                streaming && role.permissions.hlsStreaming
                  ? 'JOIN_BTN_TYPE_JOIN_AND_GO_LIVE'
                  : 'JOIN_BTN_TYPE_JOIN_ONLY',
              join_btn_label: 'Join Now',
              go_live_btn_label: 'Go Live',
            },
          },
        },
      },
      conferencing: level === 'stream' ? { hls_live_streaming: { elements } } : { default: { elements } },
      leave: { default: { elements: { feedback: FEEDBACK } } },
    },
  };
}

function roomElements(role: Role, template: TemplateBody): Record<string, unknown> {
  const onStageRole = guestRole(template);
  const offStageRoles = namesAt(template, (level) => level !== 'stage');
  const onStage = levelOf(role) === 'stage';
  const moderates = role.permissions.changeRole;
  return {
    // On phones it lies over the stage, which it would hide otherwise.
    chat: { ...chat(role), is_overlay: true },
    participant_list: {},
    emoji_reactions: {},
    video_tile_layout: {
      grid: {
        enable_local_tile_inset: onStage,
        prominent_roles: onStage ? [] : namesWhere(template, (other) => other.permissions.hlsStreaming),
        enable_spotlighting_peer: moderates,
        tiles_in_view: 9,
      },
    },
    ...(onStage ? { brb: {} } : {}),
    ...(!onStage && onStageRole ? { hand_raise: {} } : {}),
    ...(moderates && onStageRole && offStageRoles.length > 0
      ? {
          on_stage_exp: {
            bring_to_stage_label: 'Bring on stage',
            remove_from_stage_label: 'Remove from stage',
            on_stage_role: onStageRole,
            off_stage_roles: offStageRoles,
            skip_preview_for_role_change: false,
          },
        }
      : {}),
  };
}

function streamElements(role: Role, template: TemplateBody): Record<string, unknown> {
  return {
    chat: chat(role),
    participant_list: {},
    emoji_reactions: {},
    ...(guestRole(template) ? { hand_raise: {} } : {}),
  };
}

function chat(role: Role): Record<string, unknown> {
  const moderates = moderatesChat(role);
  return {
    initial_state: 'CHAT_STATE_OPEN',
    is_overlay: false,
    chat_title: 'Chat',
    message_placeholder: 'Send a message…',
    public_chat_enabled: true,
    private_chat_enabled: true,
    roles_whitelist: [],
    allow_pinning_messages: moderates,
    real_time_controls: {
      can_disable_chat: moderates,
      can_block_user: moderates,
      can_hide_message: moderates,
    },
  };
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
    emoji: ['😡', '🙁', '😐', '🙂', '🤩'][index],
    question: index < 3 ? 'What went wrong?' : 'What did you like?',
    reasons: ['Audio', 'Video', 'Screen share', 'Chat', 'Live stream'],
  })),
  comment: { label: 'Anything else?', placeholder: 'Tell us more' },
};
