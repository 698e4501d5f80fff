---@brief The language client: its configuration, and what a running one is told when settings change.

local options = require('codex_lsp.options')

local M = {}

M.name = 'codex_lsp'

-- The key under which settings stand where several servers share one table.
local SECTION = 'codex-lsp'

--- Neovim >= 0.11 has vim.lsp.config() and vim.lsp.enable().
---@return boolean
function M.has_native_config()
  return vim.fn.has('nvim-0.11') == 1
end

---@param params lsp.InitializeParams
---@param config vim.lsp.ClientConfig
local function before_init(params, config)
  -- Read here, not in config(): a person's own vim.lsp.config() may have changed the settings, and the root is known.
  params.initializationOptions = {
    settings = config.settings[SECTION],
    trusted = options.is_trusted(config.root_dir),
  }
end

--- What Neovim does otherwise with our server than with others; each is loaded when it is needed.
---@return table<string, lsp.Handler>
local function handlers()
  return {
    ['workspace/applyEdit'] = function(...)
      return require('codex_lsp.preview').on_apply_edit(...)
    end,
    ['window/showDocument'] = function(...)
      return require('codex_lsp.preview').on_show_document(...)
    end,
    ['window/showMessage'] = function(...)
      return require('codex_lsp.messages').on_show_message(...)
    end,
  }
end

--- The plugin asks before it applies an edit that wants to be confirmed, on versions too that do not.
---@return lsp.ClientCapabilities
local function capabilities()
  return vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(), {
    workspace = { workspaceEdit = { changeAnnotationSupport = { groupsOnLabel = true } } },
  })
end

---@return table
local function settings()
  return { [SECTION] = options.settings_tree(options.get().settings) }
end

--- What lsp/codex_lsp.lua gives to vim.lsp.config.
---@return table
function M.config()
  local current = options.get()
  return {
    cmd = current.cmd,
    filetypes = current.filetypes,
    root_markers = current.root_markers,
    settings = settings(),
    before_init = before_init,
    handlers = handlers(),
    capabilities = capabilities(),
  }
end

--- The same for vim.lsp.start() on Neovim 0.10.
---@param buf integer
---@return table
function M.legacy_config(buf)
  local current = options.get()
  return {
    name = M.name,
    cmd = current.cmd,
    root_dir = vim.fs.root(buf, current.root_markers),
    settings = settings(),
    before_init = before_init,
    handlers = handlers(),
    capabilities = capabilities(),
  }
end

--- The name of the program where it cannot be found, nil where it can.
---@return string?
function M.missing_executable()
  local cmd = M.command()
  if type(cmd) == 'table' and vim.fn.executable(cmd[1]) == 0 then
    return cmd[1]
  end
end

--- The command as it will be run, a person's own vim.lsp.config() included.
---@return string[]|function
function M.command()
  return M.has_native_config() and vim.lsp.config[M.name].cmd or options.get().cmd
end

--- Gives the options' settings to servers that run already.
function M.configure_running()
  for _, client in ipairs(vim.lsp.get_clients({ name = M.name })) do
    client.settings = settings()
    local params = { settings = client.settings }
    if M.has_native_config() then
      client:notify('workspace/didChangeConfiguration', params)
    else
      client.notify('workspace/didChangeConfiguration', params)
    end
  end
end

return M
