/**
 * What nobody waits for without an end.
 * @param ms the longest it may take
 * @throws Error with this message where it takes longer; what `work` throws
 */
export async function inTime<Value>(work: Promise<Value>, ms: number, message: string): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), ms);
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
}
