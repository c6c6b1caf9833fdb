import { describe, expect, it } from 'vitest';
import { joined, settled } from './joined.ts';

describe('the speaker', () => {
  it('is the system’s own choice until one is selected, and again when that is gone', async () => {
    const { host, session } = await joined();
    expect(session.state.speakerId).toBeUndefined();
    host.devices = [{ id: 'headset', kind: 'speaker', label: 'Headset' }];
    await session.selectSpeaker('headset');
    expect([host.sinkId, session.state.speakerId]).toEqual(['headset', 'headset']);
    host.changeDevices();
    await settled();
    expect(session.state.speakerId).toBe('headset');
    host.devices = [];
    host.changeDevices();
    await settled();
    expect([host.sinkId, session.state.speakerId]).toEqual(['', undefined]);
  });

  it('stays what it was when another cannot be used', async () => {
    const { host, session } = await joined();
    await session.selectSpeaker('headset');
    await expect(session.selectSpeaker('gone')).rejects.toMatchObject({ code: 'device_missing' });
    expect([host.sinkId, session.state.speakerId]).toEqual(['headset', 'headset']);
    await session.testSpeaker();
    expect(host.testSounds).toBe(1);
  });
});
