import * as z from 'zod/mini';

/**
 * Answer of `GET /v2/layouts/ui`: how a ready-made room shows itself to each role (prebuilt endpoints, section 4). An element
 * that is there is on. In the small form of zod, as our room app reads it, too.
 */

/** `#rrggbb`, in lower case. */
export const colour = z.string().check(z.regex(/^#[0-9a-f]{6}$/, 'a colour as "#0d5c54"'));

/** A family that the reader's system has; nothing is loaded for it. */
export const fontFamily = z
  .string()
  .check(z.regex(/^[A-Za-z0-9][A-Za-z0-9 -]{0,59}$/, 'the name of a font: letters, digits, space and "-"'));

const line = (most: number) =>
  z.string().check(z.trim(), z.minLength(1, 'a text'), z.maxLength(most, `at most ${most} characters`));

/** What the owner of a room has said about what one role sees; what is not said is as the template has it. */
export const roleLook = z.partial(
  z.object({
    title: line(80),
    subTitle: line(160),
    joinLabel: line(40),
    /** Joining also starts the stream, where nothing runs yet; in our room app one can join only, too. */
    joinGoesLive: z.boolean(),
    goLiveLabel: line(40),
    chat: z.boolean(),
    chatIsOpen: z.boolean(),
    chatTitle: line(40),
    chatPlaceholder: line(80),
    privateChat: z.boolean(),
    pinsMessages: z.boolean(),
    moderatesChat: z.boolean(),
    people: z.boolean(),
    reactions: z.boolean(),
    hand: z.boolean(),
    /** A mark that one is away for a moment: in ready-made rooms of the public SDK. */
    beRightBack: z.boolean(),
    /** One's own picture lies small over the others: in ready-made rooms of the public SDK. */
    ownInset: z.boolean(),
    spotlight: z.boolean(),
    bringsToStage: z.boolean(),
    bringLabel: line(40),
    removeLabel: line(40),
    /** The role that people come on stage with. */
    onStageRole: z.string(),
    /** Those who can be brought there. */
    offStageRoles: z.array(z.string()).check(z.minLength(1, 'one role at least'), z.maxLength(50)),
    /** Asked after leaving how it was. */
    feedback: z.boolean(),
    feedbackTitle: line(80),
  }),
);

const there = z.optional(z.object({}));

export const layoutElements = z.object({
  chat: z.optional(
    z.object({
      initial_state: z.enum(['CHAT_STATE_OPEN', 'CHAT_STATE_CLOSE']),
      is_overlay: z.boolean(),
      chat_title: z.string(),
      message_placeholder: z.string(),
      public_chat_enabled: z.boolean(),
      private_chat_enabled: z.boolean(),
      roles_whitelist: z.array(z.string()),
      allow_pinning_messages: z.boolean(),
      real_time_controls: z.object({
        can_disable_chat: z.boolean(),
        can_block_user: z.boolean(),
        can_hide_message: z.boolean(),
      }),
    }),
  ),
  participant_list: there,
  emoji_reactions: there,
  hand_raise: there,
  brb: there,
  video_tile_layout: z.optional(
    z.object({
      grid: z.object({
        enable_local_tile_inset: z.boolean(),
        prominent_roles: z.array(z.string()),
        enable_spotlighting_peer: z.boolean(),
        tiles_in_view: z.number(),
      }),
    }),
  ),
  on_stage_exp: z.optional(
    z.object({
      bring_to_stage_label: z.string(),
      remove_from_stage_label: z.string(),
      on_stage_role: z.string(),
      off_stage_roles: z.array(z.string()),
      skip_preview_for_role_change: z.boolean(),
    }),
  ),
});

const feedback = z.object({
  title: z.string(),
  sub_title: z.string(),
  submit_btn_label: z.string(),
  ratings: z.array(
    z.object({
      label: z.string(),
      value: z.number(),
      emoji: z.string(),
      question: z.string(),
      reasons: z.array(z.string()),
    }),
  ),
  comment: z.object({ label: z.string(), placeholder: z.string() }),
});

export const uiLayout = z.object({
  id: z.string(),
  role_id: z.string(),
  role: z.string(),
  template_id: z.string(),
  app_id: z.string(),
  /** What of the screens its owner has said, for room apps that have words and controls of their own. */
  look: z.optional(roleLook),
  /** An image as a `data:` URL: pages of rooms load from their server only. */
  logo: z.optional(z.object({ url: z.string() })),
  typography: z.optional(z.object({ font_family: fontFamily })),
  themes: z.optional(
    z.array(
      z.object({
        name: z.string(),
        default: z.boolean(),
        theme_type: z.enum(['THEME_TYPE_DARK', 'THEME_TYPE_LIGHT']),
        palette: z.record(z.string(), colour),
      }),
    ),
  ),
  screens: z.object({
    preview: z.object({
      default: z.object({
        elements: z.object({
          preview_header: z.object({ title: z.string(), sub_title: z.string() }),
          join_form: z.object({
            join_btn_type: z.enum(['JOIN_BTN_TYPE_JOIN_ONLY', 'JOIN_BTN_TYPE_JOIN_AND_GO_LIVE']),
            join_btn_label: z.string(),
            go_live_btn_label: z.string(),
          }),
        }),
      }),
    }),
    /** Exactly one key. */
    conferencing: z.union([
      z.object({ default: z.object({ elements: layoutElements }) }),
      z.object({ hls_live_streaming: z.object({ elements: layoutElements }) }),
    ]),
    /** Empty: nothing is asked. */
    leave: z.object({ default: z.optional(z.object({ elements: z.object({ feedback }) })) }),
  }),
});

export const uiLayoutAnswer = z.object({
  data: z.array(uiLayout).check(z.minLength(1)),
  limit: z.number(),
  last: z.string(),
});

/** What the owner of a room has said about what one role sees; what is not said is as the room app has it by itself. */
export type RoleLook = z.infer<typeof roleLook>;
/** How a ready-made room shows itself to one role. */
export type UiLayout = z.infer<typeof uiLayout>;
export type LayoutElements = z.infer<typeof layoutElements>;
