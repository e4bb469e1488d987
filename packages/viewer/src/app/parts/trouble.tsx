import type { VNode } from 'preact'
import { heardAt, log, trouble } from '../state/log.ts'
import { Visible } from '../text/visible.tsx'
import { momentWord } from '../text/words.ts'

interface Words {
  readonly title: string
  /** What it means, and what still works. */
  readonly means: string
}

const WORDS: { readonly [code: string]: Words } = {
  bad_key: {
    title: 'This log is locked.',
    means:
      'It is encrypted, and what is in it is shown once the key that it was encrypted with is given. Nothing of it was read.'
  },
  denied: {
    title: 'You may not read this log.',
    means: 'Its roles say who may read it, how much, and whether a reason is needed.'
  },
  journal_damaged: {
    title: 'This log is damaged.',
    means: 'Keep the file as it is: it is evidence. slm-audit verify says where it is damaged.'
  },
  journal_newer: {
    title: 'A newer version wrote this log.',
    means: 'This version does not read it, so that it tells nothing wrong. Nothing was changed.'
  },
  gone: {
    title: 'The viewer does not answer any more.',
    means: 'What is shown was read before. Start it again; slm-audit ui prints the address to open.'
  }
}

const OTHER: Words = {
  title: 'This log cannot be read now.',
  means: 'The application that writes it goes on; only this page waits.'
}

function words(): Words {
  const code = trouble.value?.code ?? ''
  return (Object.hasOwn(WORDS, code) ? WORDS[code] : undefined) ?? OTHER
}

/** In the place of a screen, while nothing was heard of the log yet and something is wrong with it. */
export function Locked(): VNode | null {
  const found = trouble.value
  if (!found) return null
  const { title, means } = words()
  return (
    <main class="empty locked">
      <h1>{title}</h1>
      <p>{means}</p>
      <p class="wrong" role="alert">
        <Visible text={found.message} />
      </p>
      <p class="faint">This page looks again every few seconds, and goes on by itself.</p>
    </main>
  )
}

/** Above a screen that still shows what was read before. */
export function Trouble(): VNode | null {
  const found = trouble.value
  if (!found || log.value === undefined) return null
  const { title, means } = words()
  const since = heardAt.value === undefined ? '' : ` since ${momentWord(heardAt.value)}`
  return (
    <p class="wrong gone-away" role="alert">
      <b>{title}</b> Nothing was heard of it{since}. {means}{' '}
      {found.code !== 'gone' && <Visible text={found.message} />}
    </p>
  )
}
