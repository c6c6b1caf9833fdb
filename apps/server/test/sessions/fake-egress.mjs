// Speaks the IPC of an egress process without composing anything. The room's name tells how it behaves.
let job;
/** Outputs that it feeds: kinds by id. */
const fed = new Map();
/** Recordings that are paused. */
const paused = new Set();
let hlsFailed = false;
const say = (status) => process.send(status);
const tellLayout = ({ layout, gap }) =>
  say({ type: 'trouble', severity: 'warning', code: 'layout', message: `${layout} ${gap}` });

function tellPause(id, isPaused) {
  if (isPaused) paused.add(id);
  else paused.delete(id);
  say({ type: 'output', id, phase: isPaused ? 'paused' : 'running' });
}

function feed(outputs) {
  const wanted = new Set(outputs.map(({ id }) => id));
  for (const id of [...fed.keys()]) {
    if (wanted.has(id)) continue;
    fed.delete(id);
    say({ type: 'output', id, phase: 'ended' });
  }
  for (const { id, kind, url, isPaused } of outputs) {
    if (fed.has(id)) {
      if (kind === 'recording' && isPaused !== paused.has(id)) tellPause(id, isPaused);
      continue;
    }
    const failsOnce = kind === 'hls' && job.roomName.includes('hls-fails-once') && !hlsFailed;
    if (failsOnce) {
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
      if (isPaused) tellPause(id, true);
      else say({ type: 'output', id, phase: 'running' });
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
