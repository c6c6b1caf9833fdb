import { type CreateAppBody, levelOf, type RoomLook, type UiLayout, uiLayout } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { KITS, templateOf } from './kits.ts';
import { uiLayouts } from './ui-layouts.ts';

type Kit = CreateAppBody['kit'];

const bodyOf = (kit: Kit) =>
  templateOf({ kit, name: kit, region: 'eu', options: { webinarAudience: true, guestsOnStage: true } });

const layoutsOf = (kit: Kit, first?: string, look: RoomLook | null = null): UiLayout[] => {
  const body = bodyOf(kit);
  return uiLayouts({ id: 'template-1', appId: 'app-1', body, look }, first ?? Object.keys(body.roles)[0]!);
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

describe('what the owner has said', () => {
  const look: RoomLook = {
    logo: 'data:image/png;base64,AAAA',
    font: 'Noto Serif',
    theme: { mode: 'dark', accent: '#c2185b', background: '#101020' },
    roles: {
      broadcaster: { joinGoesLive: false, title: 'On air', moderatesChat: false, onStageRole: 'viewer-on-stage' },
      'hls-viewer': { chat: false, hand: false, spotlight: true, joinLabel: 'Watch' },
      'viewer-realtime': { chatIsOpen: false, privateChat: false, people: false, reactions: false },
      'viewer-on-stage': { hand: true, bringsToStage: true, beRightBack: false, ownInset: false, feedback: false },
      gone: { chat: false },
    },
  };
  const layouts = layoutsOf('live_streaming', 'broadcaster', look);
  const of = (role: string): UiLayout => layouts.find((layout) => layout.role === role)!;
  const shown = (role: string) => {
    const { conferencing } = of(role).screens;
    return 'default' in conferencing ? conferencing.default.elements : conferencing.hls_live_streaming.elements;
  };

  it('PRE6: is in the layouts of all roles, complete and without null', () => {
    for (const layout of layouts) {
      expect(uiLayout.parse(layout)).toEqual(layout);
      expect(layout).toMatchObject({
        logo: { url: look.logo },
        typography: { font_family: 'Noto Serif' },
        themes: [
          { theme_type: 'THEME_TYPE_DARK', palette: { primary_default: '#c2185b', background_default: '#101020' } },
        ],
      });
      expect(Object.keys(layout.themes![0]!.palette)).toHaveLength(31);
    }
    expect(JSON.stringify(layouts)).not.toContain('null');
    for (const layout of layoutsOf('live_streaming')) {
      expect(Object.keys(layout)).not.toEqual(expect.arrayContaining(['logo']));
      expect(layout).not.toHaveProperty('look');
    }
  });

  it('PRE6: decides for each role about its texts and what it sees', () => {
    const { preview_header, join_form } = of('broadcaster').screens.preview.default.elements;
    expect(preview_header.title).toBe('On air');
    expect(join_form.join_btn_type).toBe('JOIN_BTN_TYPE_JOIN_ONLY');
    expect(shown('broadcaster').chat?.real_time_controls.can_hide_message).toBe(false);
    expect(shown('broadcaster').chat?.allow_pinning_messages).toBe(true);
    expect(shown('hls-viewer')).toEqual({ participant_list: {}, emoji_reactions: {} });
    expect(of('hls-viewer').screens.preview.default.elements.join_form.join_btn_label).toBe('Watch');
    expect(shown('viewer-realtime').chat).toMatchObject({
      initial_state: 'CHAT_STATE_CLOSE',
      private_chat_enabled: false,
      public_chat_enabled: true,
    });
    expect(shown('viewer-realtime')).not.toHaveProperty('participant_list');
    expect(shown('viewer-realtime')).not.toHaveProperty('emoji_reactions');
    expect(shown('viewer-on-stage')).toHaveProperty('hand_raise');
    expect(shown('viewer-on-stage')).not.toHaveProperty('brb');
    expect(shown('viewer-on-stage').video_tile_layout?.grid.enable_local_tile_inset).toBe(false);
  });

  it('PRE6, FBK5: asks after leaving in the words of the owner, or not at all', () => {
    expect(of('viewer-on-stage').screens.leave).toEqual({});
    expect(of('broadcaster').screens.leave.default?.elements.feedback).toMatchObject({
      title: 'How was your experience?',
      ratings: expect.objectContaining({ length: 5 }),
    });
    const [asking] = layoutsOf('live_streaming', 'broadcaster', {
      roles: { broadcaster: { feedbackTitle: 'Did you like the show?' } },
    });
    expect(asking?.screens.leave.default?.elements.feedback.title).toBe('Did you like the show?');
  });

  it('PRE6: is passed over where the role has no say, or a role that it names has gone', () => {
    expect(of('hls-viewer').look).toEqual({ chat: false, hand: false, joinLabel: 'Watch' });
    expect(of('viewer-on-stage').look).toEqual({ hand: true, beRightBack: false, ownInset: false, feedback: false });
    expect(shown('viewer-on-stage')).not.toHaveProperty('on_stage_exp');
    const stale: RoomLook = {
      roles: { broadcaster: { onStageRole: 'gone', offStageRoles: ['gone', 'broadcaster'], bringLabel: 'Up' } },
    };
    const [layout] = layoutsOf('live_streaming', 'broadcaster', stale);
    expect(layout?.look).toEqual({ bringLabel: 'Up' });
    expect(layout?.screens.conferencing).toMatchObject({
      default: {
        elements: {
          on_stage_exp: {
            bring_to_stage_label: 'Up',
            on_stage_role: 'viewer-on-stage',
            off_stage_roles: ['viewer-realtime', 'hls-viewer'],
          },
        },
      },
    });
  });
});
