import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { now } from '../base/clock.ts'
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
      const reviews = await readAll(folder)
      for (const { id } of reviews.filter(isOver)) {
        for (const what of ['', '.decided', '.used']) await rm(pathOf(id, what), { force: true })
      }
      return alive(reviews)
    },
    decide: (id, decision) => writeOnce(folder, pathOf(id, '.decided'), decision),
    use: (id) => writeOnce(folder, pathOf(id, '.used'), {})
  }
}

/** The reviews in such a folder that have not expired, oldest first; nothing is written. Rejects with the system's error. */
export async function readReviews(folder: string): Promise<readonly Review[]> {
  return alive(await readAll(folder))
}

const isOver = ({ expiresAt }: Review) => expiresAt <= now()

function alive(reviews: readonly Review[]): Review[] {
  return reviews
    .filter((review) => !isOver(review))
    .sort((one, other) => one.askedAt - other.askedAt)
}

async function readAll(folder: string): Promise<Review[]> {
  const names = new Set(await unlessMissing(() => readdir(folder)))
  const ids = [...names].flatMap((name) => REVIEW.exec(name)?.[1] ?? [])
  const read = async (id: string): Promise<Review | undefined> => {
    const review = await readJson<Review>(join(folder, `${id}.json`))
    const isDecided = names.has(`${id}.decided.json`)
    const decision = isDecided
      ? await readJson<ReviewDecision>(join(folder, `${id}.decided.json`))
      : {}
    if (!review || !decision || !Number.isFinite(review.expiresAt)) return undefined
    return {
      ...review,
      id,
      ...(isDecided && { decision: decision as ReviewDecision }),
      ...(names.has(`${id}.used.json`) && { isUsed: true })
    }
  }
  const found = await Promise.all(ids.map(read))
  return found.filter((one) => one !== undefined)
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

/**
 * `undefined` where there is no such file, or one that was not written here whole, as after a loss of power: a review
 * that has it is as good as none, so that the others go on, and its request is asked about anew.
 */
async function readJson<T extends object>(path: string): Promise<T | undefined> {
  const text = await unlessMissing(() => readFile(path, 'utf8'))
  try {
    const value: unknown = JSON.parse(text ?? '')
    return isObject(value) ? (value as T) : undefined
  } catch {
    return undefined
  }
}

/** `undefined` where a file or a folder is not there. */
async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code === 'ENOENT') return undefined
    throw cause
  }
}
