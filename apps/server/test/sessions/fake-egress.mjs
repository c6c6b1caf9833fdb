// Speaks the IPC of an egress process without composing anything. The room's name tells how it behaves.
let job;
const say = (status) => process.send(status);
const tellLayout = ({ layout, gap }) =>
  say({ type: 'trouble', severity: 'warning', code: 'layout', message: `${layout} ${gap}` });

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
    say({ type: 'output', id: job.outputs[0].id, phase: 'running' });
  } else if (command.type === 'composition') {
    tellLayout(command.composition);
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
