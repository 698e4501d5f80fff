---@brief Code completion by codex-lsp: ghost text on Neovim >= 0.12, completion items from 0.10. See |codex-lsp|.

local client = require('codex_lsp.client')
local options = require('codex_lsp.options')

local M = {}

local MISSING = 'codex-lsp: `%s` is not executable; install it (pip install "codex-lsp[local,assist]") or give its path: '
  .. "require('codex_lsp').setup({ cmd = { '/path/to/codex-lsp', 'serve' } })"

local started = false

--- Starts a client in every buffer that fits, on versions without vim.lsp.enable().
---@param group integer
local function enable_by_autocommand(group)
  local function start(buf)
    local filetypes = options.get().filetypes
    local wanted = not filetypes or vim.tbl_contains(filetypes, vim.bo[buf].filetype)
    if wanted and vim.bo[buf].buftype == '' then
      vim.lsp.start(client.legacy_config(buf), { bufnr = buf })
    end
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    desc = 'Start codex-lsp',
    callback = function(event)
      start(event.buf)
    end,
  })
  for _, buf in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buf) and vim.bo[buf].filetype ~= '' then
      start(buf)
    end
  end
end

--- Attaches codex-lsp to buffers, now and later. plugin/codex-lsp.lua calls it; calling it again does nothing.
function M.start()
  if started then
    return
  end
  local missing = client.missing_executable()
  if missing then
    vim.notify_once(MISSING:format(missing), vim.log.levels.WARN)
    return
  end
  started = true
  local group = vim.api.nvim_create_augroup('codex_lsp', {})
  vim.api.nvim_create_autocmd('LspAttach', {
    group = group,
    desc = 'Show completions of codex-lsp',
    callback = function(event)
      local attached = vim.lsp.get_client_by_id(event.data.client_id)
      if attached and attached.name == client.name then
        require('codex_lsp.attach').attach(attached, event.buf)
      end
    end,
  })
  if client.has_native_config() then
    vim.lsp.enable(client.name)
  else
    enable_by_autocommand(group)
  end
end

--- Sets options, see |codex-lsp-options|. May be called again: running servers are given the new settings.
---@param user? codex_lsp.Options
function M.setup(user)
  options.set(user or {})
  if client.has_native_config() then
    -- An empty layer makes Neovim read lsp/codex_lsp.lua again.
    vim.lsp.config(client.name, {})
  end
  if started then
    client.configure_running()
  else
    vim.schedule(M.start)
  end
end

--- Accepts the ghost text, for a mapping of your own. False where there is none.
---@return boolean
function M.accept()
  return require('codex_lsp.ghost_text').accept()
end

return M
