-- What has become of the table since a revision, in the order of revisions, a piece at a time.
--
-- ARGV[2], [3]  the reader's epoch and revision
-- ARGV[4]       the revision from which on the reader knows of removals: where the table was when it began to read
-- ARGV[5]       how many changes at most
-- ARGV[6]       after how many octets to stop
--
-- Answers       'changes', '1' to begin with nothing, '1' when there are no more, epoch, revision of the last, revision of the table,
--               then five for each: 'P', 'R' or 'E', key, revision, what is left of its lease in ms or '-', value

if epoch == '' then
  -- Nobody has written yet. Where that is stays so until somebody does.
  begin(false)
end

local limit, octets = tonumber(ARGV[5]), tonumber(ARGV[6])
local since = tonumber(ARGV[3])
local reset = ARGV[2] ~= epoch or tonumber(ARGV[4]) < floor or since > revision
if reset then
  since = 0
end

local from = '(' .. text(since)
local present = redis.call('ZRANGEBYSCORE', versions, from, '+inf', 'WITHSCORES', 'LIMIT', 0, limit + 1)
local gone = {}
if not reset then
  gone = redis.call('ZRANGEBYSCORE', removed, from, '+inf', 'WITHSCORES', 'LIMIT', 0, limit + 1)
end

local answer = { 'changes', reset and '1' or '0', '1', epoch, text(revision), text(revision) }
local last, count, size = since, 0, 0
local p, g = 1, 1
while present[p] or gone[g] do
  if count == limit or size >= octets then
    answer[3] = '0'
    answer[5] = text(last)
    break
  end
  local nextPresent = present[p] and tonumber(present[p + 1]) or math.huge
  local nextGone = gone[g] and tonumber(gone[g + 1]) or math.huge
  local kind, key, value, lease
  if nextPresent < nextGone then
    last = nextPresent
    key = present[p]
    value = redis.call('HGET', values, key)
    kind = value and 'P' or 'R'
    lease = value and left(ends(key)) or '-'
    p = p + 2
  else
    last = nextGone
    kind = string.sub(gone[g], 1, 1)
    key = string.sub(gone[g], 2)
    lease = '-'
    g = g + 2
  end
  local at = #answer
  answer[at + 1] = kind
  answer[at + 2] = key
  answer[at + 3] = text(last)
  answer[at + 4] = lease
  answer[at + 5] = value or ''
  count = count + 1
  size = size + #key + #(value or '') + 64
end
return answer
