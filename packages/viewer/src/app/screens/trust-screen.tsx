import { useSignal } from '@preact/signals'
import type { VerifyReport } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { verify } from '../api.ts'
import { LogEvents } from '../parts/log-events.tsx'
import { log } from '../state/log.ts'
import { keepVerification, keptVerification } from '../state/verification.ts'
import { Visible } from '../text/visible.tsx'
import { counted, countWord, momentWord } from '../text/words.ts'

/** Whether the log can be trusted: sentences first, then a verification of everything. */
export function TrustScreen(): VNode {
  const found = log.value
  if (!found) return <main class="trust" />
  if (found.isCopy) return <TrustInCopy origin={found.origin} />
  const { origin, size, signed, keys, exporters, checkpoint, witnesses } = found
  const unsigned = Math.max(0, size - signed)
  return (
    <main class="trust">
      <h1>
        {signed === 0
          ? 'Nothing is signed yet.'
          : `Every record up to ${countWord(signed)} is signed.`}
      </h1>
      <p>
        {unsigned === 0
          ? 'No record waits for a signature.'
          : `${counted(unsigned, signed === 0 ? 'record' : 'newer record')} will be with the next checkpoint.`}
      </p>
      <p>
        The log is <b>{origin}</b>; {counted(keys.length, 'key')} may sign it.
      </p>
      {signed > 0 && (
        <p>
          {witnesses.length === 0 ? (
            'No witness has signed the newest checkpoint.'
          ) : (
            <>
              {witnesses.length === 1 ? 'One witness' : `${countWord(witnesses.length)} witnesses`}{' '}
              signed the newest checkpoint as well: <Visible text={witnesses.join(', ')} />.
            </>
          )}
        </p>
      )}
      <p>
        A signature by the log's own key shows that nobody else changed it. A checkpoint that is
        kept elsewhere shows that its owner did not either:{' '}
        <code>slm-audit verify --against FILE</code>.
      </p>
      <Verification />
      <LogEvents />
      <h2>Exporters</h2>
      {exporters.length === 0 && <p class="faint">None has delivered from this log.</p>}
      <ul>
        {exporters.map(({ name, lag, setAside }) => (
          <li key={name}>
            <b>{name}</b> {lag === 0 ? 'has everything' : `is ${counted(lag, 'record')} behind`}
            {setAside > 0 && <span class="bad">, {counted(setAside, 'record')} refused</span>}
          </li>
        ))}
      </ul>
      <h2>Keys</h2>
      {keys.map((key) => (
        <pre key={key}>{key}</pre>
      ))}
      {checkpoint !== undefined && (
        <>
          <h2>Newest checkpoint</h2>
          <pre>{checkpoint}</pre>
        </>
      )}
    </main>
  )
}

/** What is true of a copy, which has neither tree nor checkpoints. */
function TrustInCopy({ origin }: { readonly origin: string }): VNode {
  return (
    <main class="trust">
      <h1>This is a copy: what it shows is not proven here.</h1>
      <p>
        {origin === '' ? (
          'A copy has no tree and no checkpoints.'
        ) : (
          <>
            It was made of the log <b>{origin}</b>, without its tree and its checkpoints.
          </>
        )}{' '}
        Ask that log: <code>slm-audit verify --file LOG</code>, and{' '}
        <code>slm-audit prove CALL --file LOG</code> for one call. The contents of a call are
        compared with the commitments in its header whenever it is opened here.
      </p>
      <LogEvents />
    </main>
  )
}

function Verification(): VNode {
  const progress = useSignal<readonly [checked: number, of: number] | undefined>(undefined)
  const report = useSignal<VerifyReport | undefined>(undefined)
  const problem = useSignal('')
  const run = async () => {
    report.value = undefined
    problem.value = ''
    progress.value = [0, log.value?.size ?? 0]
    try {
      report.value = await verify((checked, of) => {
        progress.value = [checked, of]
      })
      keepVerification(log.value?.origin ?? '', report.value)
    } catch (error) {
      problem.value = (error as Error).message
    }
    progress.value = undefined
  }
  return (
    <section class="verification">
      <button type="button" disabled={progress.value !== undefined} onClick={() => void run()}>
        Verify everything
      </button>
      {progress.value && (
        <>
          <progress value={progress.value[0]} max={progress.value[1] || 1} />
          <span>
            {countWord(progress.value[0])} of {counted(progress.value[1], 'record')}
          </span>
        </>
      )}
      {problem.value !== '' && <p class="wrong">{problem.value}</p>}
      {!report.value && !progress.value && <LastTime />}
      {report.value && <Report report={report.value} />}
    </section>
  )
}

/** What the last verification from this browser found. */
function LastTime(): VNode {
  const kept = keptVerification(log.value?.origin ?? '')
  if (!kept) return <span class="faint">not verified from this browser yet</span>
  return (
    <span class={kept.isSound ? 'soft' : 'bad'}>
      {momentWord(kept.at)}: {kept.isSound ? '✓' : '✕'} {counted(kept.checked, 'record')}{' '}
      {kept.isSound ? 'verified' : 'checked, with a flaw'}
    </span>
  )
}

function Report({ report }: { readonly report: VerifyReport }): VNode {
  const { flaw, checked, checkpoints, openCalls, lostRecords, absentContents, encryptedContents } =
    report
  const notices = [
    openCalls > 0 ? `${counted(openCalls, 'call')} received and not ended` : '',
    lostRecords > 0 ? `${counted(lostRecords, 'record')} lost and counted` : '',
    absentContents > 0 ? `${counted(absentContents, 'content')} no longer stored` : '',
    encryptedContents > 0
      ? `${counted(encryptedContents, 'content')} encrypted with keys that are not here, and not checked against what was sealed`
      : ''
  ].filter(Boolean)
  return (
    <div role="status">
      {flaw ? (
        <p class="bad">
          ✕ Record {countWord(flaw.index)}: {flaw.kind}. {flaw.detail}. Keep the file as it is: it
          is evidence.
        </p>
      ) : (
        <p class="ok">
          ✓ {counted(checked, 'record')} verified: headers, contents, order, tree,{' '}
          {counted(checkpoints, 'checkpoint')} with signatures.
        </p>
      )}
      {notices.map((notice) => (
        <p key={notice}>{notice}</p>
      ))}
    </div>
  )
}
