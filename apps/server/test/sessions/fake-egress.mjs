// Speaks the IPC of an egress process without composing anything. The room's name tells how it behaves.
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';

let job;
/** Outputs that it feeds: kinds by id. */
const fed = new Map();
/** Recordings that are paused. */
const paused = new Set();
/** What a job of tracks says that it has begun to record. */
const RECORDED = {
  ...{ trackId: 'mic', streamId: 'st', peerId: 'p', userId: 'u', userName: 'Hana' },
  ...{ kind: 'audio', source: 'regular', codec: 'opus', startedAtMs: Date.UTC(2026, 0, 5) },
};
let hlsFailed = false;
const say = (status) => process.send(status);
const tellLayout = ({ layout, gap, standBy }) => {
  const message = `${layout} ${gap}${standBy ? ', in a break' : ''}`;
  say({ type: 'trouble', severity: 'warning', code: 'layout', message });
};

/** Sizes of the largest rungs, by output. */
const tellShape = ({ rungs, alternates = [], outputs }) => {
  const sizeOf = ({ rungs: [{ width, height }] }) => `${width}x${height}`;
  const told = outputs.map(({ kind, alternate }) => {
    const of = alternate === undefined ? { rungs } : alternates.find(({ id }) => id === alternate);
    return `${kind} ${of ? sizeOf(of) : 'unknown'}`;
  });
  say({ type: 'trouble', severity: 'warning', code: 'shape', message: told.join(', ') });
};

function tellPause(id, isPaused) {
  if (isPaused) paused.add(id);
  else paused.delete(id);
  say({ type: 'output', id, phase: isPaused ? 'paused' : 'running' });
}

/** Enters the session as the hidden peer, and says that it sends the program. */
function publishProgram() {
  const socket = new WebSocket(`${job.signalingUrl}?peer=${randomUUID()}&token=${job.token}&protocol_version=2.5`);
  const ask = (id, params) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: id, params }));
  socket.on('message', (data) => {
    const { method, id } = JSON.parse(String(data));
    if (method === 'on-policy-change') ask('join', { name: 'egress', data: '' });
    if (id === 'join') ask('plain-publish', { ip: '127.0.0.1', port: 5006 });
  });
  socket.on('error', () => {});
}

function feed(outputs) {
  const wanted = new Set(outputs.map(({ id }) => id));
  for (const id of [...fed.keys()]) {
    if (wanted.has(id)) continue;
    fed.delete(id);
    say({ type: 'output', id, phase: 'ended' });
  }
  for (const { id, kind, url, isPaused, alternate } of outputs) {
    if (fed.has(id)) {
      if (kind === 'recording' && isPaused !== paused.has(id)) tellPause(id, isPaused);
      continue;
    }
    const failsOnce = kind === 'hls' && job.roomName.includes('hls-fails-once') && !hlsFailed;
    const isUnknown = alternate !== undefined && !job.alternates?.some((made) => made.id === alternate);
    if (isUnknown || (alternate && job.roomName.includes('second-picture-fails'))) {
      say({ type: 'output', id, phase: 'failed', code: 'unknown_alternate', message: 'no such picture' });
    } else if (failsOnce) {
      hlsFailed = true;
      say({ type: 'output', id, phase: 'failed', code: 'ingest_behind', message: 'once' });
    } else if (kind === 'recording' && job.roomName.includes('recording-fails')) {
      say({ type: 'output', id, phase: 'failed', code: 'disk_full', message: 'no space' });
    } else if (url?.includes('dead')) {
      say({ type: 'output', id, phase: 'retrying', code: 'rtmp_unreachable', message: 'nobody there' });
      say({ type: 'output', id, phase: 'failed', code: 'rtmp_refused', message: 'BadName' });
    } else {
      if (url?.includes('flaky')) say({ type: 'output', id, phase: 'retrying', code: 'rtmp_lost', message: 'gone' });
      fed.set(id, kind);
      if (hlsFailed && kind === 'hls') say({ type: 'trouble', severity: 'warning', code: 'again', message: id });
      if (kind === 'whep' && !job.roomName.includes('program-never-comes')) publishProgram();
      if (isPaused) tellPause(id, true);
      else say({ type: 'output', id, phase: 'running' });
      if (kind === 'tracks') say({ type: 'track', id, track: RECORDED });
    }
  }
}

process.on('disconnect', () => process.exit(2));
process.on('message', (command) => {
  if (command.type === 'job') {
    job = command;
    if (job.roomName.includes('crash-at-once')) process.exit(7);
    if (job.roomName.includes('mute')) return;
    say({ type: 'joined' });
    if (job.roomName.includes('tells-layout')) tellLayout(job.composition);
    if (job.roomName.includes('tells-shape')) tellShape(job);
    if (job.roomName.includes('troubled')) {
      for (const code of ['source_undecodable', 'overload', 'source_undecodable']) {
        say({ type: 'trouble', severity: 'degraded', code, message: 'of one' });
      }
    }
    say({ type: 'nonsense' });
    if (job.roomName.includes('crash-fatal')) {
      say({ type: 'trouble', severity: 'fatal', code: 'encoder_failed', message: 'no encoder' });
      setTimeout(() => process.exit(1), 20);
      return;
    }
    feed(job.outputs);
    if (job.roomName.includes('too-slow')) say({ type: 'thinned', step: 2 });
  } else if (command.type === 'outputs') {
    feed(command.outputs);
  } else if (command.type === 'pictures') {
    job = { ...job, ...command };
    tellShape(job);
    feed(command.outputs);
  } else if (command.type === 'composition') {
    if (job.roomName.includes('too-slow')) say({ type: 'thinned', step: 1 });
    tellLayout(command.composition);
    if (!job.roomName.includes('fails-when-drawn-otherwise')) return;
    for (const id of [...fed.keys()]) {
      fed.delete(id);
      say({ type: 'output', id, phase: 'failed', code: 'ingest_behind', message: 'once more' });
    }
  } else if (command.type === 'stop') {
    if (job?.roomName.includes('never-stops')) return;
    const end = () => {
      say({ type: 'ended' });
      process.disconnect();
      process.exit(0);
    };
    if (job?.roomName.includes('slow-to-stop')) setTimeout(end, 300);
    else end();
  }
});
