/** Types of `flock.mjs`, which says what it does. */
export declare function tryFlock(fd: number): boolean;
