import { useSignalEffect } from '@preact/signals'
import type { VNode } from 'preact'
import type { LogDescription } from '../server/log-view.ts'
import { LaterScreen } from './parts/later-screen.tsx'
import { Palette } from './parts/palette.tsx'
import { Locked, Trouble } from './parts/trouble.tsx'
import { CallScreen } from './screens/call-screen.tsx'
import { CallsScreen } from './screens/calls-screen.tsx'
import { SessionScreen } from './screens/session-screen.tsx'
import { areKeysShown, isPaletteShown, KEYS } from './state/keys.ts'
import { log, trouble, watchLog } from './state/log.ts'
import { hrefOf, route, type Screen } from './state/route.ts'
import { nextTheme, theme } from './state/theme.ts'
import { Visible } from './text/visible.tsx'
import { countWord } from './text/words.ts'

/** The page: its navigation, and the screen of the address. */
export function App(): VNode {
  useSignalEffect(() => watchLog())
  return (
    <>
      <Bar />
      <Trouble />
      {log.value === undefined && trouble.value ? <Locked /> : <CurrentScreen />}
      {areKeysShown.value && <Keys />}
      {isPaletteShown.value && <Palette />}
    </>
  )
}

function CurrentScreen(): VNode {
  const { screen } = route.value
  switch (screen) {
    case 'call':
      return <CallScreen />
    case 'session':
      return <SessionScreen />
    case 'calls':
      return <CallsScreen />
    default:
      // What few look at first is loaded once somebody wants them.
      return <LaterScreen key={screen} load={LATER[screen]} />
  }
}

const LATER = {
  sessions: () => import('./screens/sessions-screen.tsx').then((part) => part.SessionsScreen),
  compare: () => import('./screens/compare-screen.tsx').then((part) => part.CompareScreen),
  dashboard: () => import('./screens/dashboard-screen.tsx').then((part) => part.DashboardScreen),
  trust: () => import('./screens/trust-screen.tsx').then((part) => part.TrustScreen),
  parts: () => import('./screens/parts-screen.tsx').then((part) => part.PartsScreen)
}

const NAVIGATION: readonly (readonly [screen: Screen, name: string, of: readonly Screen[]])[] = [
  ['calls', 'Calls', ['calls', 'call']],
  ['sessions', 'Sessions', ['sessions', 'session']],
  ['compare', 'Compare', ['compare']],
  ['dashboard', 'Dashboard', ['dashboard']],
  ['trust', 'Trust', ['trust']]
]

function Bar(): VNode {
  const found = log.value
  return (
    <header class="bar">
      <b>slm-audit</b>
      <nav aria-label="Screens">
        {NAVIGATION.map(([screen, name, of]) => (
          <a
            key={screen}
            href={hrefOf({ screen })}
            aria-current={of.includes(route.value.screen) ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <span class="log">{found && <Visible text={found.name} />}</span>
      <span class={trouble.value ? 'live bad' : 'live ok'}>{liveWord()}</span>
      {found && (
        <a class="signed" href={hrefOf({ screen: 'trust' })}>
          {signedWord(found)}
        </a>
      )}
      <button type="button" onClick={nextTheme} title="light, dark or as the system (t)">
        {theme.value}
      </button>
      <button type="button" onClick={() => (areKeysShown.value = true)} title="keys (?)">
        ?
      </button>
    </header>
  )
}

function signedWord({ isCopy, signed }: LogDescription): string {
  if (isCopy) return 'a copy'
  return signed === 0 ? 'not signed yet' : `✓ signed to ${countWord(signed)}`
}

function liveWord(): string {
  if (!trouble.value) return '● live'
  return log.value === undefined ? '○ closed' : '● gone'
}

const NAMES: { readonly [key: string]: string } = { ' ': 'space', Escape: 'esc', Enter: '↵' }

function Keys(): VNode {
  const close = () => {
    areKeysShown.value = false
  }
  return (
    <dialog open class="keys" aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{NAMES[key] ?? key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={close}>
        close
      </button>
    </dialog>
  )
}
