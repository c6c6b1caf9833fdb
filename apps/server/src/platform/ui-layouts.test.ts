import { type CreateAppBody, levelOf, type UiLayout, uiLayout } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { KITS, templateOf } from './kits.ts';
import { uiLayouts } from './ui-layouts.ts';

type Kit = CreateAppBody['kit'];

const bodyOf = (kit: Kit) =>
  templateOf({ kit, name: kit, region: 'eu', options: { webinarAudience: true, guestsOnStage: true } });

const layoutsOf = (kit: Kit, first?: string): UiLayout[] => {
  const body = bodyOf(kit);
  return uiLayouts({ id: 'template-1', appId: 'app-1', body }, first ?? Object.keys(body.roles)[0]!);
};

function elementsOf(kit: Kit, role: string): Record<string, unknown> {
  const { conferencing } = layoutsOf(kit).find((layout) => layout.role === role)!.screens;
  return 'default' in conferencing ? conferencing.default.elements : conferencing.hls_live_streaming.elements;
}

const kits = KITS.map(({ id }) => id);

describe.each(kits)('the %s kit', (kit) => {
  const body = bodyOf(kit);

  it.each(Object.keys(body.roles))('PRE1: has the layout of %s first, and those of all others', (role) => {
    const layouts = layoutsOf(kit, role);
    expect(layouts[0]?.role).toBe(role);
    expect(layouts.map((layout) => layout.role).sort()).toEqual(Object.keys(body.roles).sort());
    for (const layout of layouts) expect(uiLayout.parse(layout)).toEqual(layout);
    expect(JSON.stringify(layouts)).not.toContain('null');
    expect(layoutsOf(kit, role)).toEqual(layouts);
  });

  it('PRE2: shows each role one screen', () => {
    for (const { role, screens } of layoutsOf(kit)) {
      const isOfStream = levelOf(body.roles[role]!) === 'stream';
      expect(Object.keys(screens.conferencing)).toEqual([isOfStream ? 'hls_live_streaming' : 'default']);
    }
  });

  it('PRE3: leads to roles that there are, from one to another', () => {
    for (const { role } of layoutsOf(kit)) {
      const { hand_raise, on_stage_exp } = elementsOf(kit, role);
      const level = levelOf(body.roles[role]!);
      if (hand_raise) expect(level).not.toBe('stage');
      if (!on_stage_exp) continue;
      const { on_stage_role, off_stage_roles } = on_stage_exp as { on_stage_role: string; off_stage_roles: string[] };
      expect(body.roles[role]!.permissions.changeRole).toBe(true);
      expect(levelOf(body.roles[on_stage_role]!)).toBe('stage');
      expect(off_stage_roles.map((name) => levelOf(body.roles[name]!))).not.toContain('stage');
    }
  });
});

it('PRE2: to join is to go live for who may stream, where the stream is on', () => {
  const goLive = kits.flatMap((kit) =>
    layoutsOf(kit)
      .filter(
        ({ screens }) => screens.preview.default.elements.join_form.join_btn_type === 'JOIN_BTN_TYPE_JOIN_AND_GO_LIVE',
      )
      .map(({ role }) => `${kit}: ${role}`),
  );
  expect(goLive).toEqual(['live_streaming: broadcaster']);
});

it('PRE3: viewers raise a hand, and the broadcaster brings them to the stage', () => {
  for (const viewer of ['viewer-realtime', 'hls-viewer']) {
    expect(elementsOf('live_streaming', viewer)).toHaveProperty('hand_raise');
  }
  expect(elementsOf('live_streaming', 'broadcaster').on_stage_exp).toEqual({
    bring_to_stage_label: 'Bring on stage',
    remove_from_stage_label: 'Remove from stage',
    on_stage_role: 'viewer-on-stage',
    off_stage_roles: ['viewer-realtime', 'hls-viewer'],
    skip_preview_for_role_change: false,
  });
  expect(elementsOf('live_streaming', 'viewer-on-stage')).not.toHaveProperty('on_stage_exp');
  // Nobody is off stage in a conference.
  expect(elementsOf('video_conferencing', 'host')).not.toHaveProperty('on_stage_exp');
});

it('PRE4: everyone chats; who moderates pins, hides, blocks and pauses', () => {
  for (const { role } of layoutsOf('live_streaming')) {
    const moderates = role === 'broadcaster';
    expect(elementsOf('live_streaming', role).chat).toMatchObject({
      public_chat_enabled: true,
      is_overlay: role !== 'hls-viewer',
      private_chat_enabled: true,
      allow_pinning_messages: moderates,
      real_time_controls: { can_disable_chat: moderates, can_block_user: moderates, can_hide_message: moderates },
    });
  }
});

it('PRE4: the stage is shown as its people and its viewers need it', () => {
  const gridOf = (role: string) => (elementsOf('live_streaming', role).video_tile_layout as { grid: unknown }).grid;
  expect(gridOf('viewer-on-stage')).toMatchObject({ enable_local_tile_inset: true, prominent_roles: [] });
  expect(gridOf('viewer-realtime')).toMatchObject({
    enable_local_tile_inset: false,
    prominent_roles: ['broadcaster'],
    enable_spotlighting_peer: false,
  });
  expect(elementsOf('live_streaming', 'viewer-on-stage')).toHaveProperty('brb');
  expect(elementsOf('live_streaming', 'viewer-realtime')).not.toHaveProperty('brb');
  expect(elementsOf('live_streaming', 'hls-viewer')).not.toHaveProperty('video_tile_layout');
});
