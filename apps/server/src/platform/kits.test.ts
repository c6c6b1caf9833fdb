import { levelOf, role as roleSchema } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { KITS, templateOf } from './kits.ts';
import { uiLayouts } from './ui-layouts.ts';

const options = (webinarAudience: boolean, guestsOnStage: boolean) => ({ webinarAudience, guestsOnStage });
const live = (webinarAudience: boolean, guestsOnStage: boolean) =>
  templateOf({ kit: 'live_streaming', name: 'show', region: 'eu', options: options(webinarAudience, guestsOnStage) });

describe('the Live Streaming template', () => {
  it.each([
    [false, false, ['broadcaster', 'hls-viewer']],
    [true, false, ['broadcaster', 'viewer-realtime', 'hls-viewer']],
    [false, true, ['broadcaster', 'viewer-on-stage', 'hls-viewer']],
    [true, true, ['broadcaster', 'viewer-on-stage', 'viewer-realtime', 'hls-viewer']],
  ])('with webinar audience %s and guests %s has the roles %j', (webinar, guests, names) => {
    const template = live(webinar, guests);
    expect(Object.keys(template.roles)).toEqual(names);
    for (const [name, role] of Object.entries(template.roles)) {
      expect(role.name).toBe(name);
      expect(roleSchema.parse(role)).toEqual(role);
      // Nobody hears a role that does not exist.
      for (const heard of role.subscribeParams.subscribeToRoles) expect(names).toContain(heard);
      expect(role.permissions.hlsStreaming).toBe(name === 'broadcaster');
    }
    const { composition } = template.destinations.hlsDestinations.default!;
    expect(composition.broadcasterRoles).toEqual(names.filter((name) => levelOf(template.roles[name]!) === 'stage'));
  });
});

describe('each kit', () => {
  it.each(KITS.map((kit) => [kit.id, kit] as const))(
    '%s makes the roles that it promises, and links lead in',
    (id, kit) => {
      const { roles } = templateOf({ kit: id, name: 'show', region: 'eu', options: options(false, false) });
      expect(Object.keys(roles)).toEqual(kit.roles);
      for (const [name, role] of Object.entries(roles)) {
        expect(roleSchema.parse(role)).toEqual(role);
        for (const heard of role.subscribeParams.subscribeToRoles) expect(kit.roles, name).toContain(heard);
      }
      expect(Object.values(roles).filter(({ permissions }) => permissions.endRoom)).toHaveLength(1);
    },
  );

  it('has the levels that it is made for', () => {
    const levels = (kit: (typeof KITS)[number]['id']) =>
      Object.values(templateOf({ kit, name: 'show', region: 'eu', options: options(false, false) }).roles).map(levelOf);
    expect(levels('webinar')).toEqual(['stage', 'stage', 'webinar']);
    expect(levels('video_conferencing')).toEqual(['stage', 'stage']);
    expect(levels('audio_room')).toEqual(['stage', 'stage', 'webinar']);
  });
});

describe('layouts', () => {
  it('offer the stage only where there is a role for guests', () => {
    const text = (guests: boolean): string =>
      JSON.stringify(uiLayouts({ id: 'a', appId: 'b', body: live(true, guests), look: null }, 'broadcaster'));
    expect(text(true)).toContain('on_stage_exp');
    expect(text(true)).toContain('hand_raise');
    expect(text(false)).not.toContain('on_stage_exp');
    expect(text(false)).not.toContain('hand_raise');
  });

  it('are none for a role that is not there', () => {
    const layouts = uiLayouts({ id: 'a', appId: 'b', body: live(false, false), look: null }, 'emperor');
    expect(layouts.map(({ role }) => role)).toEqual(['broadcaster', 'hls-viewer']);
  });
});
