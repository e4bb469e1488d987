/** What an anchor may ask of the log whose checkpoint it gets. */
export interface AnchoredLog {
  /** Records stored now; with several writers more than the checkpoint at hand may say. */
  size(): Promise<number>
  /** The proof that a smaller size of the log is a beginning of a larger one (RFC 6962, 2.1.2). */
  consistencyProof(first: number, second: number): Promise<readonly Uint8Array[]>
}

/**
 * A place beyond the reach of the log's operator that remembers checkpoints. An anchor that fails
 * is reported and tried again with the next checkpoint; no call ever waits for it.
 */
export interface Anchor {
  /** Unique among a log's anchors; named in reports. */
  readonly name: string
  /**
   * Keeps a signed checkpoint. Resolves with the cosignature lines that it gave, if any; rejects
   * when it has not kept it. It must end soon after `signal` aborts.
   */
  publish(
    checkpoint: string,
    log: AnchoredLog,
    signal: AbortSignal
  ): Promise<readonly string[] | undefined>
}
