---@brief :checkhealth codex_lsp

local client = require('codex_lsp.client')
local options = require('codex_lsp.options')

local M = {}

local VERSION_TIMEOUT_MS = 10000

local function check_neovim()
  vim.health.start('codex-lsp: Neovim')
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.12') == 1 then
    vim.health.ok(version .. ': ghost text and completion items')
  else
    vim.health.warn(version .. ': completion items only', 'Ghost text needs Neovim >= 0.12.')
  end
end

local function check_server()
  vim.health.start('codex-lsp: server')
  local missing = client.missing_executable()
  local command = client.command()
  if missing then
    vim.health.error(('`%s` is not executable'):format(missing), {
      'Install it: pip install "codex-lsp[local,assist]"',
      "Or give its path: require('codex_lsp').setup({ cmd = { '/path/to/codex-lsp', 'serve' } })",
    })
    return
  elseif type(command) == 'function' then
    vim.health.info('started by a function')
    return
  end
  local ran, done = pcall(function()
    return vim.system({ command[1], '--version' }, { text = true }):wait(VERSION_TIMEOUT_MS)
  end)
  if ran and done.code == 0 then
    vim.health.ok(('%s (%s)'):format(vim.fn.exepath(command[1]), vim.trim(done.stdout)))
  else
    local reason = ran and vim.trim(done.stderr or '') or tostring(done)
    vim.health.error(('`%s --version` failed: %s'):format(command[1], reason), 'Install codex-lsp again.')
  end
end

local function check_clients()
  vim.health.start('codex-lsp: clients')
  local clients = vim.lsp.get_clients({ name = client.name })
  if #clients == 0 then
    vim.health.info('none runs; open a file to start one')
  end
  for _, running in ipairs(clients) do
    local capabilities = running.server_capabilities
    local root = running.config.root_dir or 'no workspace'
    local trust = options.is_trusted(running.config.root_dir) and 'trusted' or 'not trusted'
    vim.health.ok(('client %d: %s (%s), positions in %s'):format(running.id, root, trust, running.offset_encoding))
    vim.health.info('ghost text: ' .. (capabilities.inlineCompletionProvider and 'yes' or 'no'))
    vim.health.info('completion items: ' .. (capabilities.completionProvider and 'yes' or 'no'))
  end
end

local function check_environment()
  vim.health.start('codex-lsp: environment')
  local key = vim.env.CODEX_LSP_API_KEY
  vim.health.info('CODEX_LSP_API_KEY: ' .. ((key and key ~= '') and 'set' or 'not set (only an endpoint needs it)'))
end

function M.check()
  check_neovim()
  check_server()
  check_clients()
  check_environment()
end

return M
