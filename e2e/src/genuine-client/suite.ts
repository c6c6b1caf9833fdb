import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CUTTABLE_SOCKETS } from '../cuttable-sockets.ts';
import { mediaWorkersOf } from '../media-workers.ts';
import { hearsTone, seesAdvancingBarcode, seesPictureSince } from '../people.ts';
import { claimsOf, restOf, tokenFor } from '../wire.ts';
import { type GenuineVersion, hostGenuineClient } from './host.ts';

/** Counts the sections in which the page is sent video. */
const COUNTED_SECTIONS = `
  const connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      connections.push(this);
    }
  };
  window.videoSections = () =>
    connections
      .flatMap((connection) => connection.getTransceivers())
      .filter(({ currentDirection, receiver }) => currentDirection === 'recvonly' && receiver.track.kind === 'video').length;
`;

/** Of the microphone of somebody, to tell who is heard. */
const toneOf = (name: string): number => 400 + 200 * name.length;

/** What the host does, and what the one concerned says to it. */
interface RoleChangeWay {
  change(role: string): Promise<void>;
  answer?(): Promise<void>;
}

declare global {
  interface Window {
    videoSections(): number;
  }
}

/** The public 100ms web client against this server: apps written with it move by changing an endpoint. One server, one stream. */
export function testGenuineClient(version: GenuineVersion): void {
  let amphi: AmphiServer;
  let browser: Browser;
  let host: Awaited<ReturnType<typeof hostGenuineClient>>;
  let broadcaster: TestPage;
  let viewer: TestPage;

  beforeAll(async () => {
    [amphi, browser, host] = await Promise.all([
      // Not everybody is listed to everybody: who is not on stage has to be asked for.
      startAmphi({ env: { AMPHI_LIMITS: JSON.stringify({ listedPeersPerRoom: 2 }) } }),
      launchChromium(),
      hostGenuineClient(version),
    ]);
    broadcaster = await openClient('Bea');
    viewer = await openClient('Vic');
  });

  afterAll(async () => {
    await browser?.close();
    await host?.close();
    expect(await amphi?.stop()).toBe(0);
  });

  async function openClient(name: string): Promise<TestPage> {
    const person = await openPage(browser, {
      initScripts: [
        CUTTABLE_SOCKETS,
        COUNTED_SECTIONS,
        barcodeReaderScript(),
        barcodeCameraScript({ width: 640, height: 360, hue: name.length * 60, toneHz: toneOf(name) }),
      ],
    });
    // Analytics of the public client go to a fixed host; nothing may leave this machine.
    await person.context.route(/100ms\.live/, (route) => route.abort());
    await person.page.goto(host.url);
    return person;
  }

  function entry(userName: string, role: string) {
    const link = amphi.links.rooms[role]!;
    return {
      userName,
      roomCode: link.slice(link.lastIndexOf('/') + 1),
      tokenEndpoint: `${amphi.links.url}/v2/token`,
      initEndpoint: `${amphi.links.url}/?https://`,
    };
  }

  async function join(person: TestPage, userName: string, role: string): Promise<void> {
    await person.page.evaluate((options) => window.genuine.join(options), entry(userName, role));
    await waitFor(`${userName} is connected`, async () => (await stateOf(person)).connected, 15_000);
  }

  const stateOf = (person: TestPage) => person.page.evaluate(() => window.genuine.state());

  /** Waits until a person sees a track of somebody's, by name, be on or off. @returns its id */
  const seesTrack = (
    seenBy: TestPage,
    name: string,
    kind: 'audio' | 'video',
    enabled: boolean,
    timeoutMs?: number,
  ): Promise<string> =>
    waitFor(
      `${kind} of ${name} is ${enabled ? 'on' : 'off'}`,
      async () => {
        const track = (await stateOf(seenBy)).peers.find((peer) => peer.name === name)?.[kind];
        return track?.enabled === enabled ? track.id : undefined;
      },
      timeoutMs,
    );

  it('joins as broadcaster and publishes camera and microphone', async () => {
    await join(broadcaster, 'Bea', 'broadcaster');
    await waitFor('Bea publishes', async () => {
      const local = (await stateOf(broadcaster)).peers.find((peer) => peer.isLocal);
      return local?.video?.enabled && local.audio?.enabled;
    });
  });

  it('joins as HLS viewer without peer connections, and both know of each other', async () => {
    await join(viewer, 'Vic', 'hls-viewer');
    expect((await stateOf(viewer)).role).toBe('hls-viewer');
    await waitFor('Bea sees Vic', async () => (await stateOf(broadcaster)).peers.some((peer) => peer.name === 'Vic'));
    await waitFor('Vic sees Bea', async () => (await stateOf(viewer)).peers.some((peer) => peer.name === 'Bea'));
  });

  it('subscribes: a second person on stage sees an advancing picture', async () => {
    const guest = await openClient('Gus');
    await join(guest, 'Gus', 'viewer-on-stage');
    const trackId = await waitFor(
      'Gus is offered the camera of Bea',
      async () => (await stateOf(guest)).peers.find((peer) => peer.name === 'Bea')?.video?.id,
    );
    await guest.page.evaluate((id) => window.genuine.attach(id, 'bea'), trackId);
    const [age] = await seesAdvancingBarcode(guest, '#bea');
    expect(age).toBeLessThan(2_000);

    for (const on of [false, true]) {
      await broadcaster.page.evaluate((isOn) => window.genuine.setCamera(isOn), on);
      await seesTrack(guest, 'Bea', 'video', on);
    }
    for (const on of [false, true]) {
      await broadcaster.page.evaluate((isOn) => window.genuine.setMicrophone(isOn), on);
      await seesTrack(guest, 'Bea', 'audio', on);
    }
    await guest.page.evaluate(() => window.genuine.leave());
    await waitFor(
      'Bea sees Gus leave',
      async () => !(await stateOf(broadcaster)).peers.some((peer) => peer.name === 'Gus'),
    );
    await guest.context.close();
  });

  it('chats both ways', async () => {
    await broadcaster.page.evaluate(() => window.genuine.say('hello from the stage'));
    await viewer.page.evaluate(() => window.genuine.say('hello from the audience'));
    await waitFor('Vic reads it', async () =>
      (await stateOf(viewer)).messages.some((m) => m.text === 'hello from the stage'),
    );
    await waitFor('Bea reads it', async () =>
      (await stateOf(broadcaster)).messages.some((m) => m.text === 'hello from the audience'),
    );
    const own = (await stateOf(broadcaster)).messages.filter((m) => m.text === 'hello from the stage');
    expect(own).toHaveLength(1);
  });

  const idOf = async (seenBy: TestPage, name: string): Promise<string> =>
    (await stateOf(seenBy)).peers.find((peer) => peer.name === name)!.id;

  it('raises a hand, which the host sees and lowers', async () => {
    await viewer.page.evaluate(() => window.genuine.raiseHand());
    const handOfVic = async (seenBy: TestPage): Promise<boolean | undefined> =>
      (await stateOf(seenBy)).peers.find((peer) => peer.name === 'Vic')?.hasRaisedHand;
    await waitFor('Bea sees the hand', () => handOfVic(broadcaster));
    await waitFor('Vic sees the own hand', () => handOfVic(viewer));
    await broadcaster.page.evaluate((id) => window.genuine.lowerHandOf(id), await idOf(broadcaster, 'Vic'));
    await waitFor('the hand is down', async () => !(await handOfVic(broadcaster)) && !(await handOfVic(viewer)));
  });

  it('keeps values for the session, told to whoever observes them', async () => {
    await viewer.page.evaluate(() => window.genuine.observe(['topic']));
    await broadcaster.page.evaluate(() => window.genuine.storeSet('topic', { title: 'Röstigraben', step: 2 }));
    await waitFor('Vic has the value', async () => viewer.page.evaluate(() => window.genuine.stored('topic')));
    expect(await viewer.page.evaluate(() => window.genuine.stored('topic'))).toEqual({ title: 'Röstigraben', step: 2 });
    await broadcaster.page.evaluate(() => window.genuine.observe(['topic']));
    await waitFor('Bea has it, who observes later', async () =>
      broadcaster.page.evaluate(() => window.genuine.stored('topic')),
    );
  });

  const pollOf = async (seenBy: TestPage, title: string) =>
    (await stateOf(seenBy)).polls.find((poll) => poll.title === title);

  /** Until both know of it. @returns its id */
  async function askedBoth(title: string): Promise<string> {
    for (const person of [broadcaster, viewer]) {
      await waitFor(`${title} is asked`, async () => (await pollOf(person, title))?.state === 'started');
    }
    return (await pollOf(viewer, title))!.id;
  }

  async function endsForBoth(title: string): Promise<void> {
    await broadcaster.page.evaluate((id) => window.genuine.stopPoll(id), (await pollOf(broadcaster, title))!.id);
    for (const person of [broadcaster, viewer]) {
      await waitFor(`${title} is closed`, async () => (await pollOf(person, title))?.state === 'stopped');
    }
  }

  it('polls: asked, answered by the audience, counted and closed', async () => {
    await broadcaster.page.evaluate(() => window.genuine.startPoll('Lunch', 'single-choice', ['Rösti', 'Raclette']));
    await viewer.page.evaluate((id) => window.genuine.vote(id, 2), await askedBoth('Lunch'));
    await waitFor('Bea sees the vote', async () => (await pollOf(broadcaster, 'Lunch'))?.votes[0]?.[1] === 1);
    await endsForBoth('Lunch');
  });

  it('polls of several answers, and a quiz with its leaders', async () => {
    await broadcaster.page.evaluate(() =>
      window.genuine.startPoll('Toppings', 'multiple-choice', ['Speck', 'Ei', 'Käse']),
    );
    await viewer.page.evaluate((id) => window.genuine.vote(id, 1, 3), await askedBoth('Toppings'));
    await waitFor(
      'both answers count',
      async () => (await pollOf(broadcaster, 'Toppings'))?.votes[0]?.join() === '1,0,1',
    );
    await endsForBoth('Toppings');

    await broadcaster.page.evaluate(() =>
      window.genuine.startPoll('Capital', 'single-choice', ['Zürich', 'Bern'], [2]),
    );
    const quiz = await askedBoth('Capital');
    await broadcaster.page.evaluate((id) => window.genuine.vote(id, 1), quiz);
    await viewer.page.evaluate((id) => window.genuine.vote(id, 2), quiz);
    await endsForBoth('Capital');
    for (const person of [broadcaster, viewer]) {
      const { entries, hasNext, summary } = await person.page.evaluate((id) => window.genuine.leaders(id), quiz);
      expect(entries).toMatchObject([
        { position: 1, score: 10, correctResponses: 1, totalResponses: 1, peer: { username: 'Vic' } },
        { position: 2, score: 0, correctResponses: 0, totalResponses: 1, peer: { username: 'Bea' } },
      ]);
      expect(hasNext).toBe(false);
      expect(summary).toMatchObject({ avgScore: 5, votedUsers: 2, totalUsers: 2, correctUsers: 1 });
    }
  });

  it('finds people: by id, by name, and page by page', async () => {
    expect(await viewer.page.evaluate((id) => window.genuine.nameOf(id), await idOf(viewer, 'Bea'))).toBe('Bea');
    expect(await viewer.page.evaluate(() => window.genuine.findByName('be'))).toEqual(['Bea']);
    expect(await broadcaster.page.evaluate(() => window.genuine.listOf('hls-viewer'))).toEqual(['Vic']);
  });

  it('ROOM80, ROOM81, ROOM83: mutes another person, one track and all of a role, asks them to unmute, and puts them out', async () => {
    const guest = await openClient('Guy');
    await join(guest, 'Guy', 'viewer-on-stage');
    const kinds = ['audio', 'video'] as const;
    for (const kind of kinds) {
      const track = await seesTrack(broadcaster, 'Guy', kind, true);
      await broadcaster.page.evaluate((id) => window.genuine.setOfOther(id, false), track);
      for (const person of [broadcaster, guest]) await seesTrack(person, 'Guy', kind, false);
      await broadcaster.page.evaluate((id) => window.genuine.setOfOther(id, true), track);
      await waitFor('Guy is asked', async () => {
        const wish = (await stateOf(guest)).wishes.at(-1);
        return wish?.trackId === track && wish.enabled;
      });
      expect((await stateOf(guest)).peers.find(({ isLocal }) => isLocal)?.[kind]?.enabled).toBe(false);
      await guest.page.evaluate(() => window.genuine.fulfilWish());
      for (const person of [broadcaster, guest]) await seesTrack(person, 'Guy', kind, true);
    }
    await broadcaster.page.evaluate(() => window.genuine.muteRole('viewer-on-stage', 'audio'));
    for (const person of [broadcaster, guest]) await seesTrack(person, 'Guy', 'audio', false);
    expect((await stateOf(broadcaster)).peers.find(({ name }) => name === 'Guy')?.video?.enabled).toBe(true);
    await broadcaster.page.evaluate(() => window.genuine.muteRole('viewer-on-stage'));
    for (const person of [broadcaster, guest]) await seesTrack(person, 'Guy', 'video', false);
    for (const kind of kinds) await seesTrack(guest, 'Bea', kind, true);
    await broadcaster.page.evaluate((id) => window.genuine.remove(id, 'time is up'), await idOf(broadcaster, 'Guy'));
    await waitFor('Guy is out', async () => !(await stateOf(guest)).connected);
    await waitFor(
      'Bea sees nobody',
      async () => !(await stateOf(broadcaster)).peers.some(({ name }) => name === 'Guy'),
    );
    await guest.context.close();
  });

  it('previews: role, room and devices are known, and nobody sees one', async () => {
    const guest = await openClient('Pia');
    await guest.page.evaluate((options) => window.genuine.preview(options), entry('Pia', 'viewer-on-stage'));
    await waitFor('the preview is there', async () => {
      const { roomState, role } = await stateOf(guest);
      return roomState === 'Preview' && role === 'viewer-on-stage';
    });
    await waitFor('with who is in the room', async () => ((await stateOf(guest)).peerCount ?? 0) >= 2);
    expect((await stateOf(broadcaster)).peers.map(({ name }) => name)).not.toContain('Pia');
    await join(guest, 'Pia', 'viewer-on-stage');
    await waitFor('Bea sees Pia', async () => (await stateOf(broadcaster)).peers.some(({ name }) => name === 'Pia'));
    await guest.page.evaluate(() => window.genuine.leave());
    await waitFor(
      'and not any more',
      async () => !(await stateOf(broadcaster)).peers.some(({ name }) => name === 'Pia'),
    );
    await guest.context.close();
  });

  it('SIG38: shares a screen, which others are told of; who takes pictures on demand gets those that it shows', async () => {
    const guest = await openClient('Sue');
    // As a server answers whose setting says so.
    await guest.context.route('**/init?*', async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      answer.config.enabledFlags.push('onDemandTracks');
      await route.fulfill({ response, json: answer });
    });
    await join(guest, 'Sue', 'viewer-on-stage');
    const cameraOfBea = await waitFor(
      'Sue is told of the camera',
      async () => (await stateOf(guest)).peers.find(({ name }) => name === 'Bea')?.video?.id,
    );
    const sectionsOfSue = () => guest.page.evaluate(() => window.videoSections());
    await broadcaster.page.evaluate(() => window.genuine.shareScreen(true));
    const screenOfBea = async () => (await stateOf(guest)).peers.find(({ name }) => name === 'Bea')?.screen;
    const trackId = await waitFor('Sue is told of the screen', screenOfBea);
    expect(await sectionsOfSue()).toBe(0);
    await guest.page.evaluate((id) => window.genuine.attach(id, 'screen'), trackId);
    await guest.page.waitForFunction(
      () => (document.querySelector<HTMLVideoElement>('#screen')?.videoWidth ?? 0) > 0,
      undefined,
      {
        timeout: 60_000,
      },
    );
    expect(await sectionsOfSue()).toBe(1);
    await guest.page.evaluate((id) => window.genuine.attach(id, 'bea'), cameraOfBea);
    await seesAdvancingBarcode(guest, '#bea');
    expect(await sectionsOfSue()).toBe(2);
    await broadcaster.page.evaluate(() => window.genuine.shareScreen(false));
    await waitFor('it is gone', async () => (await screenOfBea()) === undefined);
    await guest.page.evaluate(() => window.genuine.leave());
    await guest.context.close();
  });

  it('in a large room: who is not listed is counted, found, written to, and moved with all of the role', async () => {
    const crowd = [];
    for (const name of ['Una', 'Urs']) {
      const person = await openClient(name);
      await join(person, name, 'hls-viewer');
      crowd.push(person);
    }
    const urs = crowd[1]!;
    await waitFor('Bea is told of the numbers', async () => (await stateOf(broadcaster)).peerCount === 4);
    expect((await stateOf(broadcaster)).isLarge).toBe(true);
    expect((await stateOf(broadcaster)).peers.map(({ name }) => name)).not.toContain('Urs');
    expect(await broadcaster.page.evaluate(() => window.genuine.findByName('urs'))).toEqual(['Urs']);
    const ursId = (await stateOf(urs)).peers.find(({ isLocal }) => isLocal)!.id;
    await broadcaster.page.evaluate((id) => window.genuine.whisper('only for you', id), ursId);
    await waitFor('Urs reads it', async () =>
      (await stateOf(urs)).messages.some(({ text }) => text === 'only for you'),
    );
    expect((await stateOf(crowd[0]!)).messages.map(({ text }) => text)).not.toContain('only for you');
    // Whoever raises a hand is listed to those who may call.
    await urs.page.evaluate(() => window.genuine.raiseHand());
    await waitFor('Bea sees the hand', async () =>
      (await stateOf(broadcaster)).peers.some(({ name, hasRaisedHand }) => name === 'Urs' && hasRaisedHand),
    );
    for (const [from, to] of [
      ['hls-viewer', 'viewer-realtime'],
      ['viewer-realtime', 'hls-viewer'],
    ] as const) {
      await broadcaster.page.evaluate(([role, other]) => window.genuine.changeRoles([role], other), [
        from,
        to,
      ] as const);
      for (const person of [viewer, ...crowd]) {
        await waitFor(`all are ${to}`, async () => (await stateOf(person)).role === to, 20_000);
      }
    }
    expect((await stateOf(broadcaster)).role).toBe('broadcaster');
    for (const person of crowd) {
      await person.page.evaluate(() => window.genuine.leave());
      await person.context.close();
    }
  });

  /** As by the network. @returns what waits until the person is back */
  async function cut(person: TestPage): Promise<() => Promise<unknown>> {
    const returns = async (): Promise<number> =>
      (await stateOf(person)).events.filter(({ type }) => type === 'RECONNECTED').length;
    const before = await returns();
    await person.page.evaluate(() => window.cutSockets());
    return () => waitFor('it is connected again', async () => (await returns()) > before, 20_000);
  }

  it('comes back after its socket was cut: nobody notices, and nothing is lost', async () => {
    const before = (await stateOf(viewer)).events.length;
    for (const back of [await cut(broadcaster), await cut(viewer)]) await back();
    await broadcaster.page.evaluate(() => window.genuine.say('still here'));
    await waitFor('Vic reads it', async () =>
      (await stateOf(viewer)).messages.some(({ text }) => text === 'still here'),
    );
    const since = (await stateOf(viewer)).events.slice(before).map(({ type }) => type);
    expect(since).not.toContain('PEER_LEFT');
    const bea = (await stateOf(broadcaster)).peers.find(({ isLocal }) => isLocal);
    expect(bea?.video?.enabled).toBe(true);
  });

  it('ROOM41: goes from each level to each other, forced, asked, with all of a role and by a back end, and keeps what it was told', async () => {
    const [audience, webinar, stage] = ['hls-viewer', 'viewer-realtime', 'viewer-on-stage'] as const;
    const round = [webinar, stage, audience, stage, webinar, audience] as const;
    const vicId = await idOf(broadcaster, 'Vic');
    const rest = await restOf(amphi);
    const { room_id: roomId } = claimsOf(await tokenFor(amphi, 'hls-viewer'));
    const changeOf = (role: string, force: boolean): Promise<void> =>
      broadcaster.page.evaluate(([id, name, isForced]) => window.genuine.changeRole(id, name, isForced), [
        vicId,
        role,
        force,
      ] as const);
    const offer = async (role: string): Promise<void> => {
      await changeOf(role, false);
      await waitFor(`${role} is offered`, async () => (await stateOf(viewer)).offeredRole === role, 20_000);
    };
    const ways = {
      forced: { change: (role: string) => changeOf(role, true) },
      asked: { change: offer, answer: () => viewer.page.evaluate(() => window.genuine.acceptRole()) },
      'with all of a role': {
        async change(role: string): Promise<void> {
          const from = (await stateOf(viewer)).role!;
          await broadcaster.page.evaluate(([own, name]) => window.genuine.changeRoles([own], name), [
            from,
            role,
          ] as const);
        },
      },
      'by a back end': {
        async change(role: string): Promise<void> {
          await rest('POST', `/active-rooms/${roomId}/peers/${vicId}`, { role });
        },
      },
    };

    await offer(stage);
    await viewer.page.evaluate(() => window.genuine.declineRole());
    expect(await stateOf(viewer)).toMatchObject({ role: audience, offeredRole: undefined });
    await waitFor('Bea hears of it', async () =>
      (await stateOf(broadcaster)).messages.some(
        ({ type, text, from }) =>
          type === 'role_change_declined' && from === 'Vic' && JSON.parse(text).role.name === stage,
      ),
    );

    // What is theirs, and stays so.
    await viewer.page.evaluate(() => window.genuine.rename('Vicky'));
    await viewer.page.evaluate(() => window.genuine.describe({ seat: 7 }));
    await viewer.page.evaluate(() => window.genuine.raiseHand());
    await broadcaster.page.evaluate(() => window.genuine.startPoll('Wine', 'single-choice', ['Fendant', 'Dôle']));
    const wine = await askedBoth('Wine');
    await viewer.page.evaluate((id) => window.genuine.vote(id, 2), wine);
    await waitFor('Bea sees the vote', async () => (await pollOf(broadcaster, 'Wine'))?.votes[0]?.[1] === 1);
    const { messages } = await stateOf(viewer);
    const wanted = { name: 'Vicky', metadata: JSON.stringify({ seat: 7 }), hasRaisedHand: true };
    const expectKept = async (when: string): Promise<void> => {
      for (const person of [broadcaster, viewer]) {
        const vic = (await stateOf(person)).peers.find(({ id }) => id === vicId);
        expect(vic, when).toMatchObject(wanted);
        const poll = await pollOf(person, 'Wine');
        expect(poll, when).toMatchObject({ state: 'started', votes: [[0, 1]] });
      }
      expect(await viewer.page.evaluate((id) => window.genuine.ownAnswers(id), wine), when).toEqual([[2]]);
      expect((await stateOf(viewer)).messages, when).toEqual(messages);
    };

    const troubleOf = (step: number): 'none' | 'socket cut before' | 'socket cut after' => {
      if (step % 3 !== 0) return 'none';
      return step % 2 === 0 ? 'socket cut before' : 'socket cut after';
    };
    let steps = 0;
    for (const [way, { change, answer }] of Object.entries<RoleChangeWay>(ways)) {
      for (const role of round) {
        steps += 1;
        const trouble = troubleOf(steps);
        const when = [role, way, trouble].join(', ');
        let back = trouble === 'socket cut before' ? await cut(viewer) : undefined;
        await change(role);
        if (trouble === 'socket cut after') back = await cut(viewer);
        await back?.();
        await answer?.();
        await waitFor(`Vic is ${when}`, async () => (await stateOf(viewer)).role === role, 20_000);
        await waitFor(
          `Bea sees what Vic publishes as ${when}`,
          async () => {
            const vic = (await stateOf(broadcaster)).peers.find(({ id }) => id === vicId);
            return vic?.role === role && (vic.video !== undefined) === (role === stage);
          },
          30_000,
        );
        await waitFor(
          `Vic is offered the camera of Bea as ${when}`,
          async () => {
            const bea = (await stateOf(viewer)).peers.find(({ name }) => name === 'Bea');
            return bea && (bea.video !== undefined) === (role !== audience);
          },
          30_000,
        );
        await expectKept(when);
      }
    }
    // It is still the same voter: another answer takes the place of the first.
    await viewer.page.evaluate((id) => window.genuine.vote(id, 1), wine);
    await waitFor(
      'Bea sees the other vote',
      async () => (await pollOf(broadcaster, 'Wine'))?.votes[0]?.join() === '1,0',
    );
    await endsForBoth('Wine');
    await broadcaster.page.evaluate((id) => window.genuine.lowerHandOf(id), vicId);
    await viewer.page.evaluate(() => window.genuine.rename('Vic'));
    await waitFor('Bea sees the old name', async () =>
      (await stateOf(broadcaster)).peers.some(({ name, hasRaisedHand }) => name === 'Vic' && !hasRaisedHand),
    );
  }, 240_000);

  it('SIG50: after the media workers are killed all see and hear each other again, also after a change of role, and nobody leaves', async () => {
    const guest = await openClient('Gustav');
    await join(guest, 'Gustav', 'viewer-on-stage');
    const people = { Bea: broadcaster, Gustav: guest, Vic: viewer };
    const names = Object.keys(people) as (keyof typeof people)[];
    for (const name of names) {
      for (const other of names.filter((each) => each !== name)) {
        await people[name].page.evaluate((shown) => window.genuine.follow(shown, `camera-of-${shown}`), other);
      }
    }
    /** Each by everyone else. */
    const areSeen = (onStage: typeof names, since: number): Promise<unknown> =>
      Promise.all(
        onStage.flatMap((shown) =>
          names
            .filter((name) => name !== shown)
            .map((name) => seesPictureSince(people[name], `#camera-of-${shown}`, since)),
        ),
      );
    const killMedia = (): number => {
      for (const pid of mediaWorkersOf(amphi.serverPid())) process.kill(pid, 'SIGKILL');
      return Date.now();
    };
    const vicId = await idOf(broadcaster, 'Vic');
    const changeRoleOfVic = (role: string): Promise<void> =>
      broadcaster.page.evaluate(([id, name]) => window.genuine.changeRole(id, name, true), [vicId, role] as const);

    // Vic has come without connections, as all of the audience.
    await changeRoleOfVic('viewer-realtime');
    await areSeen(['Bea', 'Gustav'], Date.now());
    const before = await Promise.all(names.map(async (name) => (await stateOf(people[name])).events.length));
    const killedAt = killMedia();
    // The public client has one waiter for all its offers: what it publishes for a role amid a move may never be shown as its own.
    await areSeen(['Bea', 'Gustav'], killedAt);
    await changeRoleOfVic('viewer-on-stage');
    await waitFor('Vic publishes', async () => (await stateOf(viewer)).peers.find(({ isLocal }) => isLocal)?.video);
    await viewer.page.evaluate(() => window.genuine.setCamera(true));
    await areSeen(names, killedAt);
    await Promise.all([
      hearsTone(broadcaster, 'audio', toneOf('Gustav')),
      hearsTone(guest, 'audio', toneOf('Bea')),
      hearsTone(viewer, 'audio', toneOf('Bea')),
      hearsTone(viewer, 'audio', toneOf('Gustav')),
    ]);
    for (const [index, name] of names.entries()) {
      const { connected, events } = await stateOf(people[name]);
      const told = events.slice(before[index]).map(({ type }) => type);
      expect(connected).toBe(true);
      expect(told.filter((type) => ['ERROR', 'PEER_LEFT', 'RECONNECTING'].includes(type))).toEqual([]);
    }

    for (const person of [broadcaster, viewer]) await person.page.evaluate(() => window.genuine.unfollow());
    await changeRoleOfVic('hls-viewer');
    await waitFor('Vic is in the audience', async () => (await stateOf(viewer)).role === 'hls-viewer');
    await guest.page.evaluate(() => window.genuine.leave());
    await guest.context.close();
  }, 120_000);

  it('starts the stream; the viewer gets a playlist that plays', async () => {
    await broadcaster.page.evaluate(() => window.genuine.goLive());
    const url = await waitFor(
      'Vic is told the URL',
      async () => {
        const hls = (await stateOf(viewer)).hls;
        return hls?.running ? hls.variants?.[0]?.url : undefined;
      },
      90_000,
    );
    expect(new URL(url).pathname).toMatch(/m3u8$/);
    const playlist = await fetch(url, { headers: { origin: host.url } });
    expect(playlist.status).toBe(200);
    expect(playlist.headers.get('access-control-allow-origin')).toBe('*');
    expect(await playlist.text()).toMatch(/RESOLUTION=1280x720/);
  });

  it('STR41: a message for viewers is told at the picture of its moment', async () => {
    const url = (await stateOf(viewer)).hls!.variants[0]!.url!;
    await viewer.page.evaluate((address) => window.genuine.watch(address, 'stream'), url);
    await seesAdvancingBarcode(viewer, '#stream', { timeoutMs: 60_000 });
    const sentAt = Date.now();
    await broadcaster.page.evaluate(() => window.genuine.timedMetadata('applause', 300));
    const answeredAt = Date.now();
    const told = await waitFor(
      'the player tells it',
      async () => (await viewer.page.evaluate(() => window.genuine.told)).find(({ payload }) => payload === 'applause'),
      120_000,
    );
    expect(told.durationMs).toBe(300_000);
    expect(told.startDate).toBeGreaterThanOrEqual(sentAt);
    expect(told.startDate).toBeLessThanOrEqual(answeredAt);
    // The picture shown then was captured at that moment: within a part of 1/3 s, and what the player's looks are apart (250 ms).
    const shown = (told.code - (told.startDate >>> 0)) | 0;
    expect(Math.abs(shown)).toBeLessThan(600);
  }, 240_000);

  it('takes the viewer to the stage and back by one call', async () => {
    const vicId = (await stateOf(broadcaster)).peers.find((peer) => peer.name === 'Vic')!.id;
    await broadcaster.page.evaluate((id) => window.genuine.changeRole(id, 'viewer-on-stage', true), vicId);
    await waitFor('Vic is on stage', async () => (await stateOf(viewer)).role === 'viewer-on-stage');
    await waitFor(
      'Vic publishes',
      async () => (await stateOf(viewer)).peers.find((peer) => peer.isLocal)?.video?.id,
      20_000,
    );
    const beaTrack = await waitFor(
      'Vic gets the camera of Bea',
      async () => (await stateOf(viewer)).peers.find((peer) => peer.name === 'Bea')?.video?.id,
    );
    await viewer.page.evaluate((id) => window.genuine.attach(id, 'bea'), beaTrack);
    await seesAdvancingBarcode(viewer, '#bea');

    await broadcaster.page.evaluate((id) => window.genuine.changeRole(id, 'hls-viewer', true), vicId);
    await waitFor('Vic is in the audience', async () => (await stateOf(viewer)).role === 'hls-viewer');
    await waitFor('Bea sees no track of Vic', async () => {
      const vic = (await stateOf(broadcaster)).peers.find((peer) => peer.name === 'Vic');
      return vic && !vic.video && !vic.audio;
    });
  });

  it('stops the stream and leaves', async () => {
    const url = (await stateOf(viewer)).hls?.variants?.[0]?.url;
    await broadcaster.page.evaluate(() => window.genuine.endStream());
    await waitFor('Vic is told that it stopped', async () => (await stateOf(viewer)).hls?.running === false, 20_000);
    expect(url).toBeTruthy();
    await viewer.page.evaluate(() => window.genuine.leave());
    await waitFor(
      'Bea sees Vic leave',
      async () => !(await stateOf(broadcaster)).peers.some((peer) => peer.name === 'Vic'),
    );
    const errors = await broadcaster.page.evaluate(() =>
      window.genuine.events.filter((event) => event.type === 'ERROR'),
    );
    expect(errors).toEqual([]);
  });

  it('ROOM9: ends the room for all, who may come again; and with lock, when nobody may', async () => {
    for (const lock of [false, true]) {
      await join(viewer, 'Vic', 'hls-viewer');
      const before = (await stateOf(viewer)).events.length;
      await broadcaster.page.evaluate((isLocked) => window.genuine.endRoom(isLocked), lock);
      for (const person of [viewer, broadcaster]) {
        await waitFor('they are out', async () => !(await stateOf(person)).connected);
      }
      await waitFor('Vic is told why', async () =>
        (await stateOf(viewer)).events
          .slice(before)
          .some(({ type, message }) => type === 'ROOM_ENDED' && message === 'that was it'),
      );
      if (!lock) await join(broadcaster, 'Bea', 'broadcaster');
    }
    await expect(
      viewer.page.evaluate((options) => window.genuine.join(options), entry('Vic', 'hls-viewer')),
    ).rejects.toThrow('room is not active');
  });
}
