import * as z from 'zod';

/** Answer of `GET /v2/layouts/ui`: how a ready-made room shows itself to each role (prebuilt endpoints, section 4). */

const elements = z.record(z.string(), z.unknown());

export const uiLayout = z.object({
  id: z.string(),
  role_id: z.string(),
  role: z.string(),
  template_id: z.string(),
  app_id: z.string(),
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
      z.object({ default: z.object({ elements }) }),
      z.object({ hls_live_streaming: z.object({ elements }) }),
    ]),
    leave: z.object({ default: z.object({ elements }) }),
  }),
});

export const uiLayoutAnswer = z.object({ data: z.array(uiLayout).min(1), limit: z.number(), last: z.string() });

export type UiLayout = z.infer<typeof uiLayout>;
