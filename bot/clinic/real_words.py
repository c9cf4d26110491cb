"""Everyday English words that are one slip away from a word of a sign, and never meant as one.

"while" is not "white", "heard" is not "heart". Made by asking the vocabulary of data/recovery.yaml for every
frequent English word; a test holds the commonest.
"""

from __future__ import annotations

_LIST = (
    "abort abound acting agent alice alike alter ardent arena arenas arias arise attach aware backed backing "
    "backs banking barrie batter battle beaming bearing beater became bench bette betting binding bitter blanche "
    "bland blank blanks blaster blend bling blinking block blocker blocking blocks blond bloody bloom blows blush "
    "boating boeing bowing branched branching breach breaching breadth breather bridges bring brink brood brown "
    "bugger bugging burnt burton burying butter caching calls camry cards cares carey carly catchy cello certain "
    "chance chances change changer changes channing chanted chanting charged charging cheat check checks cheeky "
    "cheer cheers chess childs chilli chilly chose circle circled cleanly click clod clone cloned clones cloning "
    "closer closest closet closets cloud cloves codes coding colon confuse confuses constructed contract cooked "
    "cooking crashing craze creamy creek creeks crest crush crusty curry cushing decrees delicious depth "
    "discharged doable doing doubles doubly doubted drawn drool drooling dropping drops drunk drying dusty "
    "elsewhere endings exited exits explore exploring eyepatch facebook facing facts failing fanny fats favor "
    "feeding fewer filing filled filling filter fingers flashed flattering flint flown flushing form forming "
    "framing freeing froze fueling funky gaping given glowing grant grasping greet greta groping gunna halts "
    "halving handing handle handled handler handles handy harden harding harper hating haunt haven havens havin "
    "heady healing heals healy heaps heard hears hearst hearth hearty heats herds hides hindsight horse hunting "
    "hunts hurling hurst impression impressive incense issued issuer jumps keller kinds lager lanes large laser "
    "latex latter layer laying leads lease leaves likes liking lined linen liner liners linger lining links linus "
    "liter lived livido livin loans locking locks loner longed longs lookin looming looms looping loops loosing "
    "looting lots loving machines marbles masks master mater mather matte matteo messes messing metal milly "
    "missed misses misusing modes month moves movies movin mowing nearby neatly needled needless newer norma "
    "norman noting numbers outsider oversight packed packet paine paint paints pairs parsing passer passes pasted "
    "patched paused pausing pawns peace peking phoned phony pictured piles pissed pissing pitch pitches plains "
    "plane planing plate point pointe pointy poked poking polls pound press priced pricey prick pricks pride "
    "prime prince princes print prison prize prizes prone property puffs pulls purse quack quiet quirk quits "
    "quote rabid raced racer racers racking racks rages raging raided rained raise raises raising rally ranks "
    "raped rapes raping rates rating raving reader reads realty redress reilly render retains riding rights "
    "risking rounds ruining runnin saving saying scams scans scars scary scots scratch sears seats seeding "
    "seeking seeming selling sells sever severn sewing shading shaming shape shapes shaping share shares sharing "
    "shell shelled shelling shells shipping ships shirt shoot shopped shopping shore shorts shorty shots should "
    "shoulda shout shoving sifting sighs singles singly sipping skies skill skins slabs slicing slider slipping "
    "slips slots slurping smell smelled smelling smells smiled smiley sneak snort soaking sorts spear speck spell "
    "spelled spelling spicer spits spitting splatting splits sport sports spurred stabs stack staging stairs "
    "stale stands stare stares stark starr start starts stating stats stays steak steaks stepped stepping steps "
    "stirs stoke stole stomped stomping stone stopper store strand stranger strangle stream streaming streams "
    "strike string stuff suits superb supervision supper sweep sweeping swore table tables takes talking taping "
    "taxing thank theirs theme these thier thine thing thorough though threat three thrown throws timed together "
    "token torch touchy tough toward trace traces tract tracts tracy trail trains trait trick tricks tried "
    "troubled trough truck trucks tuned tuning turing turks turner tying unbeatable unread usable using waited "
    "waiter waits waker walking wards wasted waving weeding weirdo whale wheeling while whine whose whyte woods "
    "wording wordy workin works world worlds worms worsen worthy would wound write writer "
)
"""Of emergencies."""
_OF_TODAY = (
    "access batch bells blacks clean developer filler former forged grade graph grave groin gross holds knows "
    "levels lives lost merged needling others plates ready rolled scare scarf scores shaving singing spain "
    "staff stars stick sticks stiff stabbing stores stuffy swing thinks waxing words "
)
"""Of what a person should look at today."""
REAL_WORDS = frozenset(f"{_LIST} {_OF_TODAY}".split())
