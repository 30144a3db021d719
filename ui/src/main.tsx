import 'virtual:uno.css'
import '@xterm/xterm/css/xterm.css'
import './base.css'
import { Route, Router } from '@solidjs/router'
import { lazy } from 'solid-js'
import { render } from 'solid-js/web'
import { signInByLink } from './data/access.ts'
import { watchHistory } from './data/scroll.ts'
import { startLive } from './data/store.ts'
import { Shell } from './features/shell/shell.tsx'
import { AgentPage } from './pages/agent.tsx'
import { AgentsPage } from './pages/agents.tsx'
import { DoctorPage } from './pages/doctor.tsx'
import { HomePage } from './pages/home.tsx'
import { InboxPage } from './pages/inbox.tsx'
import { LoginPage } from './pages/login.tsx'
import { NewTaskPage } from './pages/new-task.tsx'
import { NotFoundPage } from './pages/not-found.tsx'
import { SettingsPage } from './pages/settings.tsx'
import { TaskPage } from './pages/task.tsx'
import { TasksPage } from './pages/tasks.tsx'

// Few people look at it, and it is large.
const DesignPage = lazy(async () => ({
  default: (await import('./pages/design.tsx')).DesignPage,
}))

const root = document.getElementById('app')
if (!root) throw new Error('index.html has no #app')

// Before anything is asked for: a link may bring the token to ask with.
const problem = await signInByLink()
watchHistory()
startLive()
render(
  () => (
    <>
      <Router root={Shell}>
        <Route path="/" component={HomePage} />
        <Route path="/inbox/:id?" component={InboxPage} />
        <Route path="/tasks" component={TasksPage} />
        <Route path="/new" component={NewTaskPage} />
        <Route path="/tasks/:id/agents/:aid" component={AgentPage} />
        <Route path={['/tasks/:id/:tab?', '/tasks/:id/:tab/*file']} component={TaskPage} />
        <Route path="/agents" component={AgentsPage} />
        <Route path="/doctor" component={DoctorPage} />
        <Route path="/settings/:section?" component={SettingsPage} />
        <Route path="/design" component={DesignPage} />
        <Route path="*" component={NotFoundPage} />
      </Router>
      <LoginPage problem={problem} />
    </>
  ),
  root,
)
