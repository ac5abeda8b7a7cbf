-- Everything a call takes, or nothing, and what earlier calls settled; the keys of one organisation only.
-- Redis runs a script alone, so nobody else takes from them meanwhile.
--
-- ARGV: the time in unix microseconds or '' for Redis' own; how many updates, buckets and counters follow; the
-- field of whoever asks.
-- KEYS and the rest of ARGV: theirs, in this order.
-- Answers: 1 if all was taken, else 0; the time; what each bucket lacked before, in nanoseconds; and of each
-- counter whether it is unknown (0), has room (1) or has not (2), what is used, what is settled of others and of
-- whoever asks, and what others hold besides.

local key, arg = 0, 5
local own_field = ARGV[5]
local function next_key() key = key + 1; return KEYS[key] end
local function next_arg() arg = arg + 1; return ARGV[arg] end

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local minute = math.floor(now / 60000000)

-- Sums may pass 2^53, above which Lua's numbers are not exact: they are handled in two parts.
local BASE = 1000000000
local function parts(text)
  return tonumber(string.sub(text, 1, -10)) or 0, tonumber(string.sub(text, -9))
end
local function add(high, low, text)
  local h, l = parts(text)
  high, low = high + h, low + l
  if low >= BASE then high, low = high + 1, low - BASE end
  return high, low
end
local function exceeds(high, low, text)
  local h, l = parts(text)
  return high > h or (high == h and low > l)
end
local function whole(high, low)
  if high == 0 then return string.format('%.0f', low) end
  return string.format('%.0f%09.0f', high, low)
end

local function raise(counter, field, sum)
  local before = redis.call('HGET', counter, field)
  local high, low = parts(sum)
  if not before or exceeds(high, low, before) then redis.call('HSET', counter, field, sum) end
end

-- A counter is a hash: a field for what each journal added, which only grows; `k` once somebody has made it known, by
-- telling the parts of all; and for each minute and journal, how much of what it reserved then is not settled yet. Where a
-- counter was lost meanwhile, who gives back what it reserved in that one takes nothing from others.
for _ = 1, ARGV[2] do
  local counter = next_key()
  local own, ttl = next_arg(), next_arg()
  local known = redis.call('HEXISTS', counter, 'k') == 1
  if ttl ~= '' then
    if not known then
      redis.call('HSET', counter, 'k', 1)
      redis.call('PEXPIRE', counter, ttl)
      known = true
    end
    for _ = 1, next_arg() do raise(counter, next_arg(), next_arg()) end
  end
  if known and own ~= '0' then raise(counter, own_field, own) end
  for _ = 1, 3 do
    local slot, back = next_arg() .. own_field, next_arg()
    if known and back ~= '0' and redis.call('HEXISTS', counter, slot) == 1 then
      redis.call('HINCRBY', counter, slot, '-' .. back)
    end
  end
end

local taken = true
local answer = { 0, now }

-- A bucket is the time at which it would be full again, in unix nanoseconds: 19 digits, the last three apart.
local buckets = {}
for i = 1, ARGV[3] do
  local bucket = { key = next_key(), interval = tonumber(next_arg()), window = tonumber(next_arg()), debt = 0 }
  local full_at = redis.call('GET', bucket.key)
  if full_at then
    local debt = (tonumber(string.sub(full_at, 1, -4)) - now) * 1000 + tonumber(string.sub(full_at, -3))
    bucket.debt = math.min(math.max(debt, 0), bucket.window)
    bucket.put_back = debt > bucket.window
  end
  taken = taken and bucket.debt + bucket.interval <= bucket.window
  answer[2 + i] = bucket.debt
  buckets[i] = bucket
end

-- Whoever reserved and never settled is forgotten after two minutes.
local counters = {}
for i = 1, ARGV[4] do
  local counter = { key = next_key(), amount = next_arg() }
  local limit = next_arg()
  local fields = redis.call('HGETALL', counter.key)
  local own, outcome = '0', 0
  local high, low, others_high, others_low, held_high, held_low = 0, 0, 0, 0, 0, 0
  for f = 1, #fields, 2 do
    local name, value = fields[f], fields[f + 1]
    local reserved_in, whose = string.match(name, '^(%d+)(.*)')
    if name == 'k' then
      outcome = 1
    elseif name == own_field then
      own = value
      high, low = add(high, low, value)
    elseif string.sub(name, 1, 1) == 'p' then
      others_high, others_low = add(others_high, others_low, value)
    elseif tonumber(reserved_in) < minute - 2 then
      redis.call('HDEL', counter.key, name)
    elseif string.sub(value, 1, 1) ~= '-' then
      high, low = add(high, low, value)
      if whose ~= own_field then held_high, held_low = add(held_high, held_low, value) end
    end
  end
  local others = whole(others_high, others_low)
  high, low = add(high, low, others)
  local used = whole(high, low)
  if outcome == 1 and limit ~= '' then
    high, low = add(high, low, counter.amount)
    if exceeds(high, low, limit) then outcome = 2 end
  end
  taken = taken and outcome == 1
  for _, value in ipairs({ outcome, used, others, own, whole(held_high, held_low) }) do answer[#answer + 1] = value end
  counters[i] = counter
end

for _, bucket in ipairs(buckets) do
  local debt = bucket.debt
  if taken then debt = debt + bucket.interval end
  if taken or bucket.put_back then
    local full_at = string.format('%.0f%03.0f', now + math.floor(debt / 1000), debt % 1000)
    -- Kept until it is full, and a second more for a clock that is put back.
    redis.call('SET', bucket.key, full_at, 'PX', string.format('%.0f', math.ceil(debt / 1000000) + 1000))
  end
end
if taken then
  answer[1] = 1
  for _, counter in ipairs(counters) do
    if counter.amount ~= '0' then redis.call('HINCRBY', counter.key, minute .. own_field, counter.amount) end
  end
end
return answer
