/** Records that wait for a signature or an exporter where all goes well. */
export const FEW = 2_000
