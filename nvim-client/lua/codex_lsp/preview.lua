---@brief Shows what the server would change, and asks: Neovim itself asks without showing it, or not at all.

local M = {}

local TITLE = ' codex-lsp: a applies, q discards '
local TITLE_WITH_REPORT = ' codex-lsp: a applies, q discards, r shows the report '

local report ---@type string? Of the edit that comes next: beside a difference there is no room for it.

---@class codex_lsp.Change
---@field path string
---@field uri string
---@field edits lsp.TextEdit[]
---@field version? integer
---@field is_new boolean

---@param edit lsp.WorkspaceEdit
---@return boolean
local function needs_confirmation(edit)
  for _, annotation in pairs(edit.changeAnnotations or {}) do
    if annotation.needsConfirmation then
      return true
    end
  end
  return false
end

--- The same edit without annotations: Neovim >= 0.12 would ask too, and tell of it in lines that wait for a key.
---@param edit lsp.WorkspaceEdit
---@return lsp.WorkspaceEdit
local function confirmed(edit)
  local copy = vim.deepcopy(edit)
  copy.changeAnnotations = nil
  for _, change in ipairs(copy.documentChanges or {}) do
    change.annotationId = nil
    for _, part in ipairs(change.edits or {}) do
      part.annotationId = nil
    end
  end
  return copy
end

--- The files that are edited; of a file that is created, the edit is what is in it.
---@param edit lsp.WorkspaceEdit
---@return codex_lsp.Change[]
local function changes_of(edit)
  local changes, created = {}, {}
  for _, change in ipairs(edit.documentChanges or {}) do
    if change.kind == 'create' then
      created[change.uri] = true
    elseif change.textDocument then
      local uri = change.textDocument.uri
      local version = change.textDocument.version
      table.insert(changes, {
        path = vim.uri_to_fname(uri),
        uri = uri,
        edits = change.edits,
        version = type(version) == 'number' and version or nil,
        is_new = created[uri] == true,
      })
    end
  end
  return changes
end

--- The first file that is no longer what the edit was made for.
---@param changes codex_lsp.Change[]
---@return string?
local function stale(changes)
  for _, change in ipairs(changes) do
    local buf = vim.fn.bufnr(change.path)
    local now = buf > 0 and vim.lsp.util.buf_versions[buf] or nil
    if change.is_new and vim.uv.fs_stat(change.path) then
      -- Neovim would empty it.
      return vim.fs.basename(change.path) .. ' was created meanwhile'
    elseif change.version and now and now ~= change.version then
      return vim.fs.basename(change.path) .. ' has changed meanwhile'
    end
  end
end

---@param change codex_lsp.Change
---@return string[]
local function lines_before(change)
  local buf = vim.fn.bufnr(change.path)
  if buf > 0 and vim.api.nvim_buf_is_loaded(buf) then
    return vim.api.nvim_buf_get_lines(buf, 0, -1, false)
  end
  return vim.fn.filereadable(change.path) == 1 and vim.fn.readfile(change.path) or {}
end

---@param change codex_lsp.Change
---@param encoding string
---@return string[]
local function lines_after(change, encoding)
  local scratch = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(scratch, 0, -1, false, lines_before(change))
  local edits = vim.tbl_map(function(edit)
    return { range = edit.range, newText = edit.newText }
  end, change.edits)
  vim.lsp.util.apply_text_edits(edits, scratch, encoding)
  local lines = vim.api.nvim_buf_get_lines(scratch, 0, -1, false)
  vim.api.nvim_buf_delete(scratch, { force = true })
  return lines
end

---@param lines string[]
---@return string
local function text_of(lines)
  while lines[#lines] == '' do
    table.remove(lines)
  end
  return #lines == 0 and '' or table.concat(lines, '\n') .. '\n'
end

--- What is told above the changes: each label with its description.
---@param edit lsp.WorkspaceEdit
---@return string[]
local function head(edit)
  local lines = {}
  local names = vim.tbl_keys(edit.changeAnnotations)
  table.sort(names)
  for _, name in ipairs(names) do
    local annotation = edit.changeAnnotations[name]
    local told = annotation.label .. (annotation.description and ': ' .. annotation.description or '')
    table.insert(lines, '# ' .. told:gsub('%s+', ' '))
  end
  return lines
end

---@param edit lsp.WorkspaceEdit
---@param changes codex_lsp.Change[]
---@param encoding string
---@return string[]
local function diff_lines(edit, changes, encoding)
  local diff = vim.text and vim.text.diff or vim.diff
  local lines = head(edit)
  for _, change in ipairs(changes) do
    local name = vim.fn.fnamemodify(change.path, ':~:.')
    vim.list_extend(lines, { '', '--- ' .. name, '+++ ' .. name })
    local before, after = text_of(lines_before(change)), text_of(lines_after(change, encoding))
    local body = diff(before, after, { ctxlen = 3 }) --[[@as string]]
    vim.list_extend(lines, vim.split(vim.trim(body), '\n', { plain = true }))
  end
  return lines
end

--- Opens the preview and calls back, once, with whether the changes are to be made.
---@param lines string[]
---@param of_it? string The file of the report.
---@param on_choice fun(applies: boolean)
local function open(lines, of_it, on_choice)
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].filetype = 'diff'
  vim.bo[buf].modifiable = false
  vim.bo[buf].bufhidden = 'wipe'
  vim.cmd('botright split')
  local win = vim.api.nvim_get_current_win()
  vim.api.nvim_win_set_buf(win, buf)
  vim.api.nvim_win_set_height(win, math.min(#lines + 1, math.floor(vim.o.lines / 2)))
  vim.wo[win].winbar = of_it and TITLE_WITH_REPORT or TITLE
  if of_it then
    vim.keymap.set('n', 'r', function()
      vim.cmd.tabedit(vim.fn.fnameescape(of_it))
    end, { buffer = buf, nowait = true, desc = 'codex-lsp: report' })
  end
  local decided = false
  local function decide(applies)
    if not decided then
      decided = true
      on_choice(applies)
    end
    if vim.api.nvim_win_is_valid(win) then
      vim.api.nvim_win_close(win, true)
    end
  end
  for key, applies in pairs({ a = true, q = false, ['<Esc>'] = false }) do
    vim.keymap.set('n', key, function()
      decide(applies)
    end, { buffer = buf, nowait = true, desc = applies and 'codex-lsp: apply' or 'codex-lsp: discard' })
  end
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = buf,
    desc = 'A preview that is closed is discarded',
    callback = function()
      vim.schedule(function()
        decide(false)
      end)
    end,
  })
end

--- Makes the first file that was changed visible, where it is not.
---@param changes codex_lsp.Change[]
local function reveal(changes)
  local buf = changes[1] and vim.fn.bufnr(changes[1].path) or -1
  if buf > 0 and vim.fn.bufwinid(buf) < 0 then
    vim.cmd('botright split')
    vim.api.nvim_win_set_buf(0, buf)
  end
end

--- Handles workspace/applyEdit for our client; runs in a coroutine, as all requests of servers do.
---@param err? lsp.ResponseError
---@param params lsp.ApplyWorkspaceEditParams
---@param ctx lsp.HandlerContext
---@return lsp.ApplyWorkspaceEditResult
function M.on_apply_edit(err, params, ctx)
  local edit, of_it = params.edit, report
  report = nil
  local here, is_main = coroutine.running()
  if not needs_confirmation(edit) or not here or is_main then
    return vim.lsp.handlers['workspace/applyEdit'](err, params, ctx)
  end
  local client = assert(vim.lsp.get_client_by_id(ctx.client_id))
  local changes = changes_of(edit)
  local reason = stale(changes)
  if reason then
    return { applied = false, failureReason = reason }
  end
  open(diff_lines(edit, changes, client.offset_encoding), of_it, function(applies)
    vim.schedule(function()
      coroutine.resume(here, applies)
    end)
  end)
  if not coroutine.yield() then
    return { applied = false }
  end
  reason = stale(changes)
  if reason then
    return { applied = false, failureReason = reason }
  end
  local result = vim.lsp.handlers['workspace/applyEdit'](err, { edit = confirmed(edit) }, ctx)
  reveal(changes)
  return result
end

--- Handles window/showDocument for our client: a report of an edit waits until it is asked for, others get a split.
---@param _? lsp.ResponseError
---@param params lsp.ShowDocumentParams
---@return lsp.ShowDocumentResult
function M.on_show_document(_, params)
  local path = vim.uri_to_fname(params.uri)
  if params.takeFocus == false then
    report = path
  else
    -- Neovim itself would show it in place of what the person works on.
    vim.cmd('botright split ' .. vim.fn.fnameescape(path))
  end
  return { success = true }
end

return M
