/** Seats per row grow with the row, as in a real one: the distance between neighbours stays the same. */
const rows = Array.from({ length: 11 }, (_, row) => {
  const radius = 90 + row * 44;
  const seats = Math.round((radius * Math.PI) / 30);
  return Array.from({ length: seats + 1 }, (_, seat) => {
    const angle = Math.PI + (seat / seats) * Math.PI;
    return {
      x: round(500 + radius * Math.cos(angle)),
      y: round(620 + radius * Math.sin(angle)),
      key: `${row}/${seat}`,
    };
  });
});

/** Drawing of the product's idea: a stage, the front rows, and the far rows around it. Decoration. */
export function Amphitheatre({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 1000 1000" preserveAspectRatio="xMidYMid slice" className={className} aria-hidden="true">
      <radialGradient id="amphi-light" gradientUnits="userSpaceOnUse" cx="500" cy="620" r="560">
        <stop offset="0" stopColor="#ffd9c2" stopOpacity="0.34" />
        <stop offset="0.35" stopColor="#8fd0c2" stopOpacity="0.12" />
        <stop offset="1" stopColor="#8fd0c2" stopOpacity="0" />
      </radialGradient>
      <rect x="-500" y="-500" width="2000" height="2000" fill="url(#amphi-light)" />
      {rows.map((seats, row) => (
        <g
          key={seats[0]?.key}
          fill={row < 3 ? '#8fdccf' : '#aeb9f0'}
          opacity={row < 3 ? 0.95 - row * 0.15 : 0.62 - row * 0.045}
        >
          {seats.map(({ x, y, key }) => (
            <circle key={key} cx={x} cy={y} r={row < 3 ? 5 : 4.4} />
          ))}
        </g>
      ))}
      <circle cx="500" cy="612" r="26" fill="#e8794f" />
    </svg>
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
