/**
 * Init script of the demo's page: camera and microphone are drawn and played. The picture is a dusk over an
 * amphitheatre with a clock to the hundredth of a second, so that the delay of a viewer can be read by eye; the sound
 * is a soft tone at each full second.
 */
export function demoCameraScript(options: Partial<DemoPicture> = {}): string {
  const picture: DemoPicture = { clock: true, sky: ['#12203a', '#3f4a6b', '#c97b5a'], ...options };
  // The loader keeps function names by a helper that a page does not have.
  return `{ const __name = (target) => target; (${installDemoCamera.toString()})(${JSON.stringify(picture)}); }`;
}

export interface DemoPicture {
  readonly clock: boolean;
  /** CSS colours from top to bottom. */
  readonly sky: readonly [string, string, string];
}

function installDemoCamera(picture: DemoPicture): void {
  if (!navigator.mediaDevices) return;
  const width = 1280;
  const height = 720;
  const frameRate = 30;

  const draw = (g: CanvasRenderingContext2D, now: Date): void => {
    const t = now.getTime() / 1000;
    const sky = g.createLinearGradient(0, 0, 0, height);
    sky.addColorStop(0, picture.sky[0]);
    sky.addColorStop(0.6, picture.sky[1]);
    sky.addColorStop(1, picture.sky[2]);
    g.fillStyle = sky;
    g.fillRect(0, 0, width, height);
    // Rows of seats as arcs; a light walks along them, one row a second.
    for (let row = 0; row < 7; row++) {
      const radius = 180 + row * 62;
      g.beginPath();
      g.arc(width / 2, height + 40, radius, Math.PI * 1.08, Math.PI * 1.92);
      g.lineWidth = 26;
      g.strokeStyle = `rgb(236 226 208 / ${row === Math.floor(t) % 7 ? 0.55 : 0.16})`;
      g.stroke();
      const angle = Math.PI * (1.08 + 0.84 * ((t * (0.06 + row * 0.012)) % 1));
      g.beginPath();
      g.arc(width / 2 + radius * Math.cos(angle), height + 40 + radius * Math.sin(angle), 11, 0, Math.PI * 2);
      g.fillStyle = '#ffd9a0';
      g.fill();
    }
    if (!picture.clock) return;
    const two = (value: number): string => String(value).padStart(2, '0');
    g.fillStyle = '#fff';
    g.textAlign = 'center';
    g.font = '600 120px system-ui, sans-serif';
    const clock = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
    g.fillText(`${clock}.${two(Math.floor(now.getMilliseconds() / 10))}`, width / 2, 190);
    g.font = '400 34px system-ui, sans-serif';
    g.fillStyle = 'rgb(255 255 255 / 0.8)';
    g.fillText('Amphi demo · compare with a clock to see the delay', width / 2, 250);
  };

  const openVideo = (): MediaStreamTrack => {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const g = canvas.getContext('2d', { alpha: false });
    if (!g) throw new Error('no 2d context');
    const track = canvas.captureStream(0).getVideoTracks()[0] as CanvasCaptureMediaStreamTrack;
    const timer = setInterval(() => {
      if (track.readyState === 'ended') clearInterval(timer);
      else {
        draw(g, new Date());
        track.requestFrame();
      }
    }, 1000 / frameRate);
    return track;
  };

  const openAudio = (): MediaStreamTrack => {
    const audio = new AudioContext();
    const out = audio.createMediaStreamDestination();
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = 523.25;
    gain.gain.value = 0;
    tone.connect(gain).connect(out);
    tone.start();
    let planned = 0;
    setInterval(() => {
      const offset = Date.now() / 1000 - audio.currentTime;
      for (let second = Math.ceil(Date.now() / 1000); second < Date.now() / 1000 + 3; second++) {
        if (second <= planned) continue;
        planned = second;
        const at = second - offset;
        gain.gain.setValueAtTime(0.0001, at);
        gain.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
        gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
      }
    }, 500);
    return out.stream.getAudioTracks()[0]!;
  };

  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const tracks: MediaStreamTrack[] = [];
    if (constraints?.audio) tracks.push(openAudio());
    if (constraints?.video) tracks.push(openVideo());
    return new MediaStream(tracks);
  };
}
