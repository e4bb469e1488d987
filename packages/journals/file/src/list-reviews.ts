import { resolve } from 'node:path'
import type { Review } from '@slm-audit/core'
import { readReviews } from '@slm-audit/core/node'

/** The folder of a log's reviews. */
export function reviewsOf(directory: string): string {
  return `${resolve(directory)}.reviews`
}

/**
 * The reviews of the log in a directory that have not expired, oldest first: those that `log.reviews.list` of an open log
 * gives. Writes nothing, and works where nothing can be written. Rejects with the system's error where the folder beside
 * the directory may not be read.
 */
export async function listReviews(directory: string): Promise<readonly Review[]> {
  return await readReviews(reviewsOf(directory))
}
