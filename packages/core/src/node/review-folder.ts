import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject } from '../base/json.ts'
import type { Review, ReviewDecision, ReviewStore } from '../journal/reviews.ts'

const REVIEW = /^(rv-[0-9a-f]{10})\.json$/

/**
 * Reviews as files of a folder, which processes share: `<id>.json`, `<id>.decided.json`, `<id>.used.json`. Each is made
 * once, whole, and by one process alone.
 *
 * @param folder Made, readable by its owner alone, when the first review is asked for.
 */
export function reviewFolder(folder: string): ReviewStore {
  const pathOf = (id: string, what = '') => join(folder, `${id}${what}.json`)
  return {
    async add(review) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeOnce(folder, pathOf(review.id), review)
    },
    async list() {
      const names = await readdir(folder).catch(() => [])
      const ids = names.flatMap((name) => REVIEW.exec(name)?.[1] ?? [])
      const found = await Promise.all(
        ids.map(async (id) => {
          const review = await readJson<Review>(pathOf(id))
          const decision = await readJson<ReviewDecision>(pathOf(id, '.decided'))
          const used = await readJson<object>(pathOf(id, '.used'))
          return review && laid(review, decision, used)
        })
      )
      const reviews = found.filter((one) => one !== undefined)
      const isOver = ({ expiresAt }: Review) => expiresAt <= Date.now()
      for (const { id } of reviews.filter(isOver)) {
        for (const what of ['', '.decided', '.used']) await rm(pathOf(id, what), { force: true })
      }
      return reviews
        .filter((review) => !isOver(review))
        .sort((one, other) => one.askedAt - other.askedAt)
    },
    decide: (id, decision) => writeOnce(folder, pathOf(id, '.decided'), decision),
    use: (id) => writeOnce(folder, pathOf(id, '.used'), {})
  }
}

function laid(
  review: Review,
  decision: ReviewDecision | undefined,
  used: object | undefined
): Review {
  return { ...review, ...(decision && { decision }), ...(used && { isUsed: true as const }) }
}

/** Makes a file, whole; false where it is there already. */
async function writeOnce(folder: string, path: string, value: object): Promise<boolean> {
  const draft = join(folder, `${randomUUID()}.draft`)
  await writeFile(draft, `${JSON.stringify(value)}\n`, { mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code === 'EEXIST') return false
    throw cause
  } finally {
    await rm(draft, { force: true })
  }
}

/** `undefined` where there is no such file. */
async function readJson<T extends object>(path: string): Promise<T | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code === 'ENOENT') return undefined
    throw cause
  }
  const value: unknown = JSON.parse(text)
  return isObject(value) ? (value as T) : undefined
}
