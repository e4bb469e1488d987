import type { Review } from '@slm-audit/core'
import { readReviews, realFile } from '@slm-audit/core/node'
import { openForReading } from './store/open-database.ts'

/** The folder of a log's reviews. */
export function reviewsOf(file: string): string {
  return `${file}-reviews`
}

/**
 * The reviews of the log in a database that have not expired, oldest first: those that `log.reviews.list` of an open log
 * gives. Writes nothing, and works where nothing can be written. Rejects as opening a reader does, and with the system's
 * error where the folder beside the database may not be read.
 */
export async function listReviews(path: string): Promise<readonly Review[]> {
  const file = realFile(path)
  openForReading(file).close()
  return await readReviews(reviewsOf(file))
}
