/** Runs something for each item, so many at a time. Rejects as soon as one does. */
export async function inTurns<T>(
  items: Iterable<T>,
  atOnce: number,
  run: (item: T) => Promise<void>
): Promise<void> {
  const queue = [...items].values()
  const work = async () => {
    for (const item of queue) await run(item)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
