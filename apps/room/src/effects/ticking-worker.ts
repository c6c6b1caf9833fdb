/** Says something every so many ms, also while nobody looks at the page. The first message to it is the interval. */
self.onmessage = ({ data }: MessageEvent<number>) => {
  setInterval(() => self.postMessage(undefined), data);
};
